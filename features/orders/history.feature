Feature: How an order came to be
  Every order can be read as it was, and says what it waits for and what may be done with it.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock

  Scenario: As of a version
    Given a paid order of 2 "P1"
    And 2 "P1" of the order have shipped
    Then as of version 3 the order was created, pending and unfulfilled
    And as of version 5 the order was confirmed, paid and unfulfilled
    And as of version 7 the order was confirmed, paid and shipped
    And as of version 8 there was no order

  Scenario: As of a time
    Given an order of 2 "P1"
    When 5 minutes pass
    And the order is canceled
    And the background work is done
    Then as of 1 minute ago the order was created, unpaid and unfulfilled
    And as of 10 minutes ago there was no order
    And the order is canceled, unpaid and unfulfilled

  Scenario: The events, in order
    Given a paid order of 2 "P1"
    Then the events of the order are:
      | order.placed        |
      | reservation.created |
      | payment.created     |
      | payment.captured    |
      | order.confirmed     |

  Scenario: What it waits for, and what may be done
    Given an order of 2 "P1"
    Then explain says of "payment": "no payment was started"
    And these may be done next: "pay, confirm, cancel, release, hold"
    When the order is paid with "tok_ok"
    And the background work is done
    Then explain says of "fulfillment": "2 units open"
    And these may be done next: "fulfill, refund, cancel, hold"
    When 2 "P1" of the order ship
    Then these may be done next: "deliver, refund, return, complete, hold"

  Scenario: Whoever knows an old version changes nothing
    Given an order of 2 "P1"
    When the order is canceled, if it is still at version 1
    Then it is refused with "version_mismatch"
    And the order is created, unpaid and unfulfilled
    When the order is canceled, if it is still at version 2
    And the background work is done
    Then the order is canceled, unpaid and unfulfilled
