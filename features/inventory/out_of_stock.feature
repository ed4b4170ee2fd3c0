Feature: Out of stock
  Nothing is sold twice, and a refusal says everything that is short.

  Background:
    Given a product "P1" at EUR 10.00 with 3 in stock
    And a product "TEE" at EUR 25.00 with 1 in stock
    And a product "MUG" at EUR 14.90 with 9 in stock

  Scenario: Every short item is named, and nothing is stored
    When they order 4 "P1", 1 "MUG" and 2 "TEE"
    Then it is refused with "out_of_stock"
    And the short items are:
      | pointer           | available | requested |
      | /items/0/quantity | 3         | 4         |
      | /items/2/quantity | 1         | 2         |
    And there are 0 orders
    And "MUG" has 9 on hand, 0 reserved, 9 available

  Scenario: Items of one product count together
    When they order 2 "P1" and 2 "P1"
    Then it is refused with "out_of_stock"
    And the short items are:
      | pointer           | available | requested |
      | /items/0/quantity | 3         | 4         |
      | /items/1/quantity | 3         | 4         |
    And there are 0 orders

  Scenario: The last one can be had
    When they order 3 "P1"
    And the background work is done
    Then "P1" has 3 on hand, 3 reserved, 0 available
    When they order 1 "P1"
    Then it is refused with "out_of_stock"

  Scenario: Many want the last ones at the same moment
    When 8 customers order 1 "P1", at the same moment
    Then 3 of them are answered, and the others are refused with "out_of_stock"
    And "P1" has 3 on hand, 3 reserved, 0 available
    And there are 3 orders
    And the background work is done

  Scenario: What was kept can be had again when it is given back
    Given an order of 3 "P1"
    And the order is canceled
    When they order 3 "P1"
    And the background work is done
    Then "P1" has 3 on hand, 3 reserved, 0 available

  Scenario: A product that may be oversold
    Given a product "PRE" at EUR 30.00 with 1 in stock that may be oversold
    When they order 5 "PRE"
    And the background work is done
    Then "PRE" has 1 on hand, 5 reserved, -4 available
