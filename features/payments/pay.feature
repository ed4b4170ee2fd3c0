Feature: Pay an order
  With the order or later, at once or in parts, through a gateway that may be slow, absent-minded or away for a moment.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock

  Scenario: With the order
    When they order 2 "P1", paying with "tok_ok"
    Then the order is created, pending and unfulfilled
    When the background work is done
    Then the order is confirmed, paid and unfulfilled
    And EUR 20.00 is paid, EUR 0.00 refunded and EUR 0.00 due
    And the payment stands captured
    And the shipper was told of the order
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: The answer may wait for the money
    When they order 2 "P1", paying with "tok_ok", waiting
    Then the answer shows the order as confirmed

  Scenario: Later
    Given an order of 2 "P1"
    When the order is paid with "tok_ok"
    And the background work is done
    Then the order is confirmed, paid and unfulfilled

  Scenario: In parts
    Given an order of 2 "P1"
    When EUR 5.00 of the order is paid with "tok_ok"
    And the background work is done
    Then the order is created, partially_paid and unfulfilled
    And EUR 5.00 is paid, EUR 0.00 refunded and EUR 15.00 due
    When the order is paid with "tok_ok"
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: Not more than is due
    Given an order of 2 "P1"
    When EUR 20.01 of the order is paid with "tok_ok"
    Then it is refused with "validation_failed" at "/amount"
    And the order is created, unpaid and unfulfilled

  Scenario: Not twice
    Given a paid order of 2 "P1"
    When the order is paid with "tok_ok"
    Then it is refused with "invalid_transition"

  Scenario: Through a gateway that the shop has
    Given an order of 2 "P1"
    When the order is paid through "nowhere"
    Then it is refused with "validation_failed"

  Scenario: A gateway that is away twice takes the money once
    When they order 2 "P1", paying with "tok_flaky"
    And the workers take one round
    Then the order is created, pending and unfulfilled
    When 1 minute passes
    And 1 minute passes
    Then the order is confirmed, paid and unfulfilled
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: A lost answer is asked for, not paid again
    When they order 2 "P1", paying with "tok_timeout"
    And the workers take one round
    Then the order is created, pending and unfulfilled
    And explain says of "payment": "the outcome of a gateway call is not known yet"
    When 1 minute passes
    Then the order is confirmed, paid and unfulfilled
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: A lost answer may be asked for at once
    When they order 2 "P1", paying with "tok_timeout"
    And the workers take one round
    And the gateway is asked for the payment
    Then the order is confirmed, paid and unfulfilled
    And 1 minute passes
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: A slow gateway
    When they order 2 "P1", paying with "tok_slow_5s"
    And the gateway takes 5 seconds
    Then the order is confirmed, paid and unfulfilled

  Scenario: A payment that is disputed says so
    Given an order of 2 "P1", paying with "tok_dispute"
    When 11 seconds pass
    Then the payment is disputed
    And the order is confirmed, paid and unfulfilled
    And the order is held for "fraud_review"
