Feature: Unpaid orders end
  Stock is kept for a quarter of an hour. Then it goes back, but never while it is open whether money moved; and money
  that arrives all the same is never lost.

  Background:
    Given a product "P1" at EUR 10.00 with 2 in stock

  Scenario: An unpaid order ends and its stock returns
    Given an order of 2 "P1"
    When 14 minutes pass
    Then the order is created, unpaid and unfulfilled
    When 2 minutes pass
    Then the order is expired, unpaid and unfulfilled
    And "P1" has 2 on hand, 0 reserved, 2 available
    And explain says of "order": "its reservation ran out before it was paid"

  Scenario: An order that was declined ends as well
    Given an order of 2 "P1", paying with "tok_declined"
    When 16 minutes pass
    Then the order is expired, failed and unfulfilled
    And "P1" has 2 on hand, 0 reserved, 2 available

  Scenario: A paid order never ends by itself
    Given a paid order of 2 "P1"
    When 16 minutes pass
    Then the order is confirmed, paid and unfulfilled
    And "P1" has 2 on hand, 2 reserved, 0 available

  Scenario: An order that was accepted on its terms never ends by itself
    Given an order of 2 "P1"
    And the order is confirmed on its terms
    When 16 minutes pass
    Then the order is confirmed, unpaid and unfulfilled

  Scenario: Not while a payment is on its way
    When they order 2 "P1", paying with "tok_ok"
    And 16 minutes pass while the workers are away
    Then the order is created, pending and unfulfilled
    And "P1" has 2 on hand, 2 reserved, 0 available
    When the background work is done
    Then the order is confirmed, paid and unfulfilled

  Scenario: Not while the outcome of a payment is unknown
    When they order 2 "P1", paying with "tok_timeout"
    And the workers take one round
    And 16 minutes pass while the workers are away
    Then the order is created, pending and unfulfilled
    And the order is held for "payment_review"
    And "P1" has 2 on hand, 2 reserved, 0 available
    When 1 minute passes
    Then the order is confirmed, paid and unfulfilled
    And the order is not held
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: A buyer who never decides loses the payment first and then the order
    Given an order of 2 "P1", paying with "tok_3ds"
    When 16 minutes pass while the workers are away
    Then the order is created, requires_action and unfulfilled
    And "P1" has 2 on hand, 2 reserved, 0 available
    When the background work is done
    Then the order is expired, voided and unfulfilled
    And "P1" has 2 on hand, 0 reserved, 2 available

  Scenario: An order that is paid in part is put up for review
    Given an order of 2 "P1"
    And EUR 5.00 of the order is paid with "tok_ok"
    When 16 minutes pass
    Then the order is created, partially_paid and unfulfilled
    And the order is held for "payment_review"
    And "P1" has 2 on hand, 2 reserved, 0 available

  Scenario: Late money brings the order back while its stock is there
    Given an order of 2 "P1", paying at the bank
    When the bank is asked and does not answer yet
    And 16 minutes pass
    Then the order is expired, voided and unfulfilled
    When the bank answers that it took the money
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
    And "P1" has 2 on hand, 2 reserved, 0 available

  Scenario: Late money goes back when the stock is gone
    Given an order of 2 "P1", paying at the bank
    When the bank is asked and does not answer yet
    And 16 minutes pass
    And another customer buys 1 "P1"
    And the bank answers that it took the money
    And the background work is done
    Then the order is expired, refunded and unfulfilled
    And "P1" has 2 on hand, 1 reserved, 1 available
    And explain says of "payment": "money arrived after the order was over"

  Scenario: A reservation may be given up by hand
    Given an order of 2 "P1"
    When the order is released
    And the background work is done
    Then the order is expired, unpaid and unfulfilled
    And "P1" has 2 on hand, 0 reserved, 2 available

  Scenario: An ended order takes no payment
    Given an order of 2 "P1"
    And 16 minutes pass
    When the order is paid with "tok_ok"
    Then it is refused with "invalid_transition"
