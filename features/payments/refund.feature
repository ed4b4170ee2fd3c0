Feature: Give money back
  An amount, or what items cost; with or without the goods back on the shelf.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock
    And a product "TEE" at EUR 25.00 with 5 in stock
    And a paid order of 3 "P1" and 1 "TEE"

  Scenario: All of it
    When the order is refunded
    And the background work is done
    Then the order is confirmed, refunded and unfulfilled
    And EUR 55.00 is paid, EUR 55.00 refunded and EUR 0.00 due
    And the gateway took EUR 55.00 and gave back EUR 55.00

  Scenario: In parts, but not more than was taken
    When EUR 15.00 of the order is refunded
    And the background work is done
    Then the order is confirmed, partially_refunded and unfulfilled
    And EUR 55.00 is paid, EUR 15.00 refunded and EUR 0.00 due
    When EUR 40.01 of the order is refunded
    Then it is refused with "amount_exceeds_refundable" at "/amount"
    When EUR 40.00 of the order is refunded
    And the background work is done
    Then the order is confirmed, refunded and unfulfilled
    And the gateway took EUR 55.00 and gave back EUR 55.00

  Scenario: Two refunds on their way share what there is
    When EUR 30.00 of the order is refunded
    And EUR 30.00 of the order is refunded
    Then it is refused with "amount_exceeds_refundable" at "/amount"
    And the background work is done
    And the gateway took EUR 55.00 and gave back EUR 30.00

  Scenario: Items that came back, onto the shelf
    Given 3 "P1" and 1 "TEE" of the order have shipped
    When 1 "P1" of the order is refunded and restocked
    And the background work is done
    Then the order is confirmed, partially_refunded and partially_returned
    And of "P1" 3 are ordered, 0 canceled, 3 fulfilled, 1 returned and 0 open
    And "P1" has 8 on hand, 0 reserved, 8 available
    And the gateway took EUR 55.00 and gave back EUR 10.00

  Scenario: Items that came back broken
    Given 3 "P1" and 1 "TEE" of the order have shipped
    When 1 "P1" of the order is refunded
    And the background work is done
    Then the order is confirmed, partially_refunded and partially_returned
    And "P1" has 7 on hand, 0 reserved, 7 available
    And the gateway took EUR 55.00 and gave back EUR 10.00

  Scenario: Items that have not shipped are canceled
    When 2 "P1" of the order are refunded
    And the background work is done
    Then the order is confirmed, partially_refunded and unfulfilled
    And of "P1" 3 are ordered, 2 canceled, 0 fulfilled, 0 returned and 1 open
    And "P1" has 10 on hand, 1 reserved, 9 available
    And the gateway took EUR 55.00 and gave back EUR 20.00

  Scenario: Not more units than were sold
    When 4 "P1" of the order are refunded
    Then it is refused with "quantity_exceeds_returnable"

  Scenario: Nothing to give back
    Given an order of 1 "P1"
    When the order is refunded
    Then it is refused with "invalid_transition"

  Scenario: The bank does not take it
    Given an order of 1 "P1", paying with "tok_refund_fails"
    When the order is refunded
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
    And the refund failed with "refund_failed"
    And explain says of "refunds": "1 failed"
