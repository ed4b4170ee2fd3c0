Feature: The buyer must approve
  Some payments wait for the buyer on the bank's page. The stock is kept meanwhile.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock
    And an order of 2 "P1", paying with "tok_3ds"

  Scenario: It waits
    Then the order is created, requires_action and unfulfilled
    And the payment sends the buyer to a page
    And "P1" has 10 on hand, 2 reserved, 8 available
    And explain says of "payment": "the buyer must approve the payment"
    And these may be done next: "approve_payment, confirm, void, cancel, hold"
    And "pay" is disabled because "in flight"

  Scenario: Approved
    When the buyer approves
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: Declined
    When the buyer declines
    And the background work is done
    Then the order is created, failed and unfulfilled
    And the payment failed with "authentication_failed"
    And "P1" has 10 on hand, 2 reserved, 8 available
    When the order is paid with "tok_ok"
    And the background work is done
    Then the order is confirmed, paid and unfulfilled

  Scenario: The buyer decides once
    Given the buyer declines
    When the buyer approves
    Then it is refused with "not_found"
    And the order is created, failed and unfulfilled

  Scenario: Not two payments at a time
    When the order is paid with "tok_ok"
    Then it is refused with "invalid_transition"

  Scenario: A payment that was given up cannot be approved
    When the payment is voided
    And the background work is done
    And the buyer approves
    Then it is refused with "not_found"
    And the order is created, voided and unfulfilled

  Scenario: Canceling gives the payment up
    When the order is canceled
    And the background work is done
    Then the order is canceled, voided and unfulfilled
    And "P1" has 10 on hand, 0 reserved, 10 available
    And the gateway took EUR 0.00 and gave back EUR 0.00
