Feature: Place an order
  All items are reserved and the order is stored, or nothing happens at all.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock
    And a product "TEE" at EUR 24.90 with 5 in stock

  Scenario: An order keeps its stock and waits for its money
    When they order 2 "P1" and 1 "TEE"
    And the background work is done
    Then the order is created, unpaid and unfulfilled
    And EUR 0.00 is paid, EUR 0.00 refunded and EUR 44.90 due
    And of "P1" 2 are ordered, 0 canceled, 0 fulfilled, 0 returned and 2 open
    And "P1" has 10 on hand, 2 reserved, 8 available
    And "TEE" has 5 on hand, 1 reserved, 4 available
    And the order is of customer "C1"

  Scenario: Orders are numbered without gaps
    Given an order of 1 "P1"
    When they order 11 "P1"
    Then it is refused with "out_of_stock"
    When they order 1 "TEE"
    And the background work is done
    Then the numbers of the orders follow each other

  Scenario: Untracked stock never runs out
    Given a product "EBOOK" at EUR 5.00 that never runs out
    When they order 1000 "EBOOK"
    And the background work is done
    Then EUR 0.00 is paid, EUR 0.00 refunded and EUR 5000.00 due

  Scenario: An order that costs nothing is confirmed and paid at once
    Given a product "GIFT" at EUR 0.00 with 1 in stock
    When they order 1 "GIFT"
    And the background work is done
    Then the order is confirmed, paid and unfulfilled
    And the shipper was told of the order

  Scenario: An item may be named by its SKU
    Given a product "MUG" at EUR 14.90 with 3 in stock and the SKU "MUG-BLUE"
    When they order 1 "sku:MUG-BLUE"
    And the background work is done
    Then "MUG" has 3 on hand, 1 reserved, 2 available

  Scenario: The price the buyer was shown must still hold
    When they order 1 "P1", expecting EUR 9.00 each
    Then it is refused with "price_changed" at "/items/0/expected_unit_price"
    When they order 1 "P1", expecting EUR 10.00 each
    And the background work is done
    Then the order is created, unpaid and unfulfilled

  Scenario: An archived product is not for sale
    Given "P1" is archived
    When they order 1 "P1"
    Then it is refused with "product_unavailable"
    And there are 0 orders

  Scenario Outline: What is wrong is refused and changes nothing
    When they order <order>
    Then it is refused with "<code>" at "<pointer>"
    And there are 0 orders
    And "P1" has 10 on hand, 0 reserved, 10 available

    Examples:
      | order                          | code              | pointer             |
      | 1 "NOPE"                       | product_unknown   | /items/0/product_id |
      | 1 "sku:NOPE"                   | product_unknown   | /items/0/sku        |
      | 1 "P1" and 1 "NOPE"            | product_unknown   | /items/1/product_id |
      | 0 "P1"                         | validation_failed | /items/0/quantity   |
      | -3 "P1"                        | validation_failed | /items/0/quantity   |
      | 1000000001 "P1"                | validation_failed | /items/0/quantity   |
      | 1 "P1", in USD                 | currency_mismatch | /items/0            |
      | 1 "P1", at the location "moon" | validation_failed | /location           |

  Scenario: A quote has no effect
    When they ask for a quote of 2 "P1" and 6 "TEE"
    Then the quote says EUR 169.40 in all
    And the quote says that "P1" can be had and "TEE" cannot
    And there are 0 orders
    And "P1" has 10 on hand, 0 reserved, 10 available
