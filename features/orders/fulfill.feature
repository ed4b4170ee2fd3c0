Feature: Ship an order
  In one parcel or in several. Stock leaves the shelf when a parcel ships.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock
    And a product "TEE" at EUR 25.00 with 5 in stock

  Scenario: In two parcels until it is done
    Given a paid order of 3 "P1" and 1 "TEE"
    When 2 "P1" of the order ship
    Then the order is confirmed, paid and partially_shipped
    And of "P1" 3 are ordered, 0 canceled, 2 fulfilled, 0 returned and 1 open
    And "P1" has 8 on hand, 1 reserved, 7 available
    When 1 "P1" and 1 "TEE" of the order ship
    Then the order is confirmed, paid and shipped
    And "P1" has 7 on hand, 0 reserved, 7 available
    And "TEE" has 4 on hand, 0 reserved, 4 available
    When every parcel is delivered
    Then the order is completed, paid and delivered

  Scenario: A parcel is planned, given a number, and sent
    Given a paid order of 2 "P1"
    When a parcel of 2 "P1" of the order is planned
    Then the order is confirmed, paid and unfulfilled
    And "P1" has 10 on hand, 2 reserved, 8 available
    When the parcel ships with "DHL" as "JD0001"
    Then the parcel is shipped with "DHL" as "JD0001"
    And "P1" has 8 on hand, 0 reserved, 8 available

  Scenario: A planned parcel may be called off
    Given a paid order of 2 "P1"
    And a parcel of 2 "P1" of the order is planned
    When the parcel is called off
    And 2 "P1" of the order ship
    Then the order is confirmed, paid and shipped

  Scenario: Units that are planned are not planned again
    Given a paid order of 2 "P1"
    And a parcel of 2 "P1" of the order is planned
    When 1 "P1" of the order ships
    Then it is refused with "quantity_exceeds_fulfillable"

  Scenario: No more ships than is open
    Given a paid order of 2 "P1"
    When 3 "P1" of the order ship
    Then it is refused with "quantity_exceeds_fulfillable"
    And "P1" has 10 on hand, 2 reserved, 8 available

  Scenario: Nothing ships before the order is confirmed
    Given an order of 2 "P1"
    When 2 "P1" of the order ship
    Then it is refused with "invalid_transition"

  Scenario: An order on its terms ships unpaid and is done once it is paid
    Given an order of 1 "P1"
    When the order is confirmed on its terms
    And the background work is done
    Then the order is confirmed, unpaid and unfulfilled
    And the shipper was told of the order
    When 1 "P1" of the order ships
    And every parcel is delivered
    Then the order is confirmed, unpaid and delivered
    When the order is paid with "tok_ok"
    And the background work is done
    Then the order is completed, paid and delivered
