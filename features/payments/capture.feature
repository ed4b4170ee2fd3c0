Feature: Secure now, take later
  An authorization confirms the order; the money is taken by hand, whole or in parts, or given up.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock
    And an order of 2 "P1", paying with "tok_auth_only"

  Scenario: Secured
    Then the order is confirmed, authorized and unfulfilled
    And EUR 0.00 is paid, EUR 0.00 refunded and EUR 20.00 due
    And the gateway took EUR 0.00 and gave back EUR 0.00

  Scenario: Whole
    When the payment is captured
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: In parts
    When EUR 15.00 of the payment is captured
    And the background work is done
    Then the order is confirmed, partially_paid and unfulfilled
    When EUR 5.01 of the payment is captured
    Then it is refused with "amount_exceeds_capturable" at "/amount"
    When EUR 5.00 of the payment is captured
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: Not twice
    Given the payment is captured
    And the background work is done
    When the payment is captured
    Then it is refused with "invalid_transition"

  Scenario: Given up
    When the payment is voided
    And the background work is done
    Then the order is confirmed, voided and unfulfilled
    And the payment stands voided
    When the payment is captured
    Then it is refused with "invalid_transition"

  Scenario: Any payment may be secured first
    Given a product "TEE" at EUR 25.00 with 5 in stock
    When they order 1 "TEE", authorizing with "tok_ok"
    And the background work is done
    Then the order is confirmed, authorized and unfulfilled
    When the payment is captured
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
