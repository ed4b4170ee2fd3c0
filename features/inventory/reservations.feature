Feature: Keep stock for a basket
  For a while, without an order; the order that follows takes over what was kept.

  Background:
    Given a product "P1" at EUR 10.00 with 3 in stock
    And 3 "P1" are reserved for 10 minutes

  Scenario: Nobody else gets it
    Then "P1" has 3 on hand, 3 reserved, 0 available
    When they order 1 "P1"
    Then it is refused with "out_of_stock"

  Scenario: The order takes it over
    When they order 3 "P1", taking over the reservation
    And the background work is done
    Then the order is created, unpaid and unfulfilled
    And the reservation is committed
    And "P1" has 3 on hand, 3 reserved, 0 available

  Scenario: An order of less gives the rest back
    When they order 1 "P1", taking over the reservation
    And the background work is done
    Then the reservation is committed
    And "P1" has 3 on hand, 1 reserved, 2 available

  Scenario: It is taken over once
    Given an order of 1 "P1", taking over the reservation
    When they order 1 "P1", taking over the reservation
    Then it is refused with "invalid_transition"

  Scenario: It ends by itself
    When 9 minutes pass
    Then the reservation is open
    When 2 minutes pass
    Then the reservation is expired
    And "P1" has 3 on hand, 0 reserved, 3 available
    When they order 1 "P1", taking over the reservation
    Then it is refused with "invalid_transition"

  Scenario: It may last longer
    When 9 minutes pass
    And the reservation is kept for another 10 minutes
    And 9 minutes pass
    Then the reservation is open
    When 2 minutes pass
    Then the reservation is expired

  Scenario: It may be given back
    When the reservation is given back
    Then the reservation is released
    And "P1" has 3 on hand, 0 reserved, 3 available

  Scenario: What is not there cannot be kept
    When 1 "P1" is reserved for 10 minutes
    Then it is refused with "out_of_stock"
