Feature: Cancel an order
  While nothing has shipped, whole; after that, what has not shipped, by quantity. Stock and money go back.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock
    And a product "TEE" at EUR 25.00 with 5 in stock

  Scenario: An unpaid order gives its stock back
    Given an order of 2 "P1" and 1 "TEE"
    When the order is canceled because "changed my mind"
    And the background work is done
    Then the order is canceled, unpaid and unfulfilled
    And "P1" has 10 on hand, 0 reserved, 10 available
    And "TEE" has 5 on hand, 0 reserved, 5 available

  Scenario: A paid order gives stock and money back
    Given a paid order of 2 "P1"
    When the order is canceled
    And the background work is done
    Then the order is canceled, refunded and unfulfilled
    And "P1" has 10 on hand, 0 reserved, 10 available
    And the gateway took EUR 20.00 and gave back EUR 20.00

  Scenario: The money may stay
    Given a paid order of 2 "P1"
    When the order is canceled without a refund
    And the background work is done
    Then the order is canceled, paid and unfulfilled
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: Secured money is given up
    Given an order of 2 "P1", paying with "tok_auth_only"
    When the order is canceled
    And the background work is done
    Then the order is canceled, voided and unfulfilled
    And the gateway took EUR 0.00 and gave back EUR 0.00

  Scenario: Some items, with their share of the money
    Given a paid order of 3 "P1" and 1 "TEE"
    When 1 "P1" of the order is canceled
    And the background work is done
    Then the order is confirmed, partially_refunded and unfulfilled
    And of "P1" 3 are ordered, 1 canceled, 0 fulfilled, 0 returned and 2 open
    And "P1" has 10 on hand, 2 reserved, 8 available
    And the gateway took EUR 55.00 and gave back EUR 10.00

  Scenario: Some items of an unpaid order leave less to pay
    Given an order of 3 "P1"
    When 2 "P1" of the order are canceled
    And the background work is done
    Then the order is created, unpaid and unfulfilled
    And EUR 0.00 is paid, EUR 0.00 refunded and EUR 10.00 due
    And "P1" has 10 on hand, 1 reserved, 9 available

  Scenario: The last item takes the order with it
    Given a paid order of 1 "P1" and 1 "TEE"
    When 1 "P1" and 1 "TEE" of the order are canceled
    And the background work is done
    Then the order is canceled, refunded and unfulfilled
    And the gateway took EUR 35.00 and gave back EUR 35.00

  Scenario: More than is open cannot be canceled
    Given a paid order of 2 "P1"
    When 3 "P1" of the order are canceled
    Then it is refused with "quantity_exceeds_fulfillable"
    And the order is confirmed, paid and unfulfilled

  Scenario: What has shipped stays
    Given a paid order of 3 "P1"
    And 2 "P1" of the order have shipped
    When the order is canceled
    Then it is refused with "invalid_transition"
    When 1 "P1" of the order is canceled
    And the background work is done
    Then the order is confirmed, partially_refunded and shipped
    And "P1" has 8 on hand, 0 reserved, 8 available

  Scenario: Canceling twice changes nothing more
    Given an order of 1 "P1"
    And the order is canceled
    When the order is canceled
    Then it is refused with "invalid_transition"
    And the background work is done
    And "P1" has 10 on hand, 0 reserved, 10 available

  Scenario: Money that was on its way goes back
    When they order 2 "P1", paying with "tok_ok"
    And the order is canceled
    And the background work is done
    Then the order is canceled, refunded and unfulfilled
    And the gateway took EUR 20.00 and gave back EUR 20.00
    And explain says of "payment": "money arrived after the order was over"
