Feature: Hold an order
  A hold stops fulfillment, not payment.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock

  Scenario: Nothing ships from an order on hold
    Given a paid order of 2 "P1"
    When the order is held for "address_check" because "no house number"
    Then the order is held for "address_check"
    And explain says of "holds": "no house number"
    And "fulfill" is disabled because "address_check"
    When 2 "P1" of the order ship
    Then it is refused with "order_on_hold"
    When the hold "address_check" is released
    And 2 "P1" of the order ship
    Then the order is confirmed, paid and shipped

  Scenario: A planned parcel waits, too
    Given a paid order of 2 "P1"
    And a parcel of 2 "P1" of the order is planned
    And the order is held for "manual" because "call the buyer"
    When the parcel ships with "DHL" as "JD0002"
    Then it is refused with "order_on_hold"

  Scenario: Money is taken all the same
    Given an order of 2 "P1"
    And the order is held for "fraud_review" because "new customer"
    When the order is paid with "tok_ok"
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
    And the order is held for "fraud_review"

  Scenario: A hold that is not there cannot be released
    Given an order of 1 "P1"
    When the hold "manual" is released
    Then it is refused with "not_found"
