Feature: Stock that runs low
  Crossing a threshold is told once, by an event.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock
    And "P1" is to be reordered at 5

  Scenario: Low, gone and back
    When they order 5 "P1", paying with "tok_ok"
    And the background work is done
    Then the stock events are:
      | inventory.low |
    When they order 5 "P1", paying with "tok_ok"
    And the background work is done
    Then the stock events are:
      | inventory.low          |
      | inventory.out_of_stock |
    When the order is canceled
    And the background work is done
    Then the stock events are:
      | inventory.low           |
      | inventory.out_of_stock  |
      | inventory.back_in_stock |

  Scenario: Told once
    Given a paid order of 6 "P1"
    And a paid order of 1 "P1"
    Then the stock events are:
      | inventory.low |

  Scenario: Safety stock is not sold
    Given "P1" has a safety stock of 8
    Then "P1" has 10 on hand, 0 reserved, 2 available
    When they order 3 "P1"
    Then it is refused with "out_of_stock"

  Scenario: A count that found less blocks new orders, not old ones
    Given a paid order of 8 "P1"
    When 6 "P1" are counted
    Then "P1" has 6 on hand, 8 reserved, -2 available
    When they order 1 "P1"
    Then it is refused with "out_of_stock"
    And the background work is done

  Scenario: A correction that expects another stock is refused
    When 4 "P1" are counted where 9 were expected
    Then it is refused with "stock_moved"
    And "P1" has 10 on hand, 0 reserved, 10 available
    When 4 "P1" are counted where 10 were expected
    Then "P1" has 4 on hand, 0 reserved, 4 available
    And the background work is done
