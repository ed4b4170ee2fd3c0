"""Reads every event of a file with the CloudEvents SDK, which refuses what is no CloudEvent, and writes it again."""

import json
import sys

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

with open(sys.argv[1], encoding="utf-8") as file:
    events = json.load(file)

form = JSONFormat()
for event in events:
    read = form.read(CloudEvent, json.dumps(event))
    assert (read.get_id(), read.get_type()) == (event["id"], event["type"]), event
    assert (read.get_source(), read.get_subject()) == (event["source"], event["subject"]), event
    assert read.get_dataschema() == event["dataschema"], event
    assert read.get_time().utcoffset().total_seconds() == 0, event
    assert read.get_data() == event["data"], event
    for extension in ("sequence", "position", "causation"):
        assert read.get_extension(extension) == event[extension], event
    again = json.loads(form.write(read))
    # The SDK writes the time with other digits.
    assert {**again, "time": None} == {**event, "time": None}, (again, event)

print(f"{len(events)} events are CloudEvents")
