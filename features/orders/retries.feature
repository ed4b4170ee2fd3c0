Feature: Retries
  Whoever did not hear the answer asks again, and nothing happens twice.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock

  Scenario: The same key gives the same order
    When they order 2 "P1", paying with "tok_ok", under the key "k1"
    And they order 2 "P1", paying with "tok_ok", under the key "k1"
    Then both answers are the same, byte for byte
    And there is 1 order
    When the background work is done
    Then "P1" has 10 on hand, 2 reserved, 8 available
    And the gateway took EUR 20.00 and gave back EUR 0.00

  Scenario: It is the first answer, however far the order has come
    When they order 2 "P1", paying with "tok_ok", under the key "k1"
    And the background work is done
    And 2 "P1" of the order ship
    And they order 2 "P1", paying with "tok_ok", under the key "k1"
    Then the first and the last answer are the same, byte for byte
    And the order is confirmed, paid and shipped

  Scenario: An answer that waited is the one that waited
    When they order 2 "P1", paying with "tok_ok", waiting, under the key "k1"
    And they order 2 "P1", paying with "tok_ok", waiting, under the key "k1"
    Then both answers are the same, byte for byte
    And the answer shows the order as confirmed

  Scenario: The same key for something else is refused
    When they order 2 "P1", under the key "k1"
    And they order 3 "P1", under the key "k1"
    Then it is refused with "idempotency_key_reused"
    And there is 1 order
    And the background work is done

  Scenario: The key of a request that was refused is free
    When they order 11 "P1", under the key "k1"
    Then it is refused with "out_of_stock"
    When they order 2 "P1", under the key "k1"
    And the background work is done
    Then the order is created, unpaid and unfulfilled

  Scenario: A replay outlives the stock it took
    When they order 10 "P1", under the key "k1"
    And they order 10 "P1", under the key "k1"
    Then both answers are the same, byte for byte
    And there is 1 order
    And the background work is done

  Scenario: Two with one key at the same moment are one order
    When 2 customers order 1 "P1", under the key "k1", at the same moment
    Then 2 of them are answered
    And there is 1 order
    And the background work is done

  Scenario: Two with one reference at the same moment: one stands
    When 2 customers order 1 "P1", as "web-10042", at the same moment
    Then 1 of them is answered, and the others are refused with "reference_exists"
    And there is 1 order
    And the background work is done

  Scenario: A reference finds its order
    When they order 1 "P1", as "web-10042"
    And they order 1 "P1", as "web-10042"
    Then it is refused with "reference_exists"
    And the refusal names the order
    And "ref:web-10042" is the order
    And the background work is done

  Scenario: A payment, a capture and a refund are made once
    Given an order of 2 "P1"
    When the order is paid with "tok_auth_only", under the key "pay-1"
    And the order is paid with "tok_auth_only", under the key "pay-1"
    And the background work is done
    And the payment is captured, under the key "capture-1"
    And the payment is captured, under the key "capture-1"
    And the background work is done
    And EUR 5.00 of the order is refunded, under the key "refund-1"
    And EUR 5.00 of the order is refunded, under the key "refund-1"
    And the background work is done
    Then the gateway took EUR 20.00 and gave back EUR 5.00
