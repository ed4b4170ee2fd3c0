Feature: A payment is declined
  The order stands until its reservation ends and may be paid otherwise, unless the caller wants it gone.

  Background:
    Given a product "P1" at EUR 10.00 with 10 in stock

  Scenario Outline: The order stays and says why
    When they order 2 "P1", paying with "<token>"
    And the background work is done
    Then the order is created, failed and unfulfilled
    And the payment failed with "<code>"
    And "P1" has 10 on hand, 2 reserved, 8 available
    And the gateway took EUR 0.00 and gave back EUR 0.00

    Examples:
      | token                  | code               |
      | tok_declined           | card_declined      |
      | tok_insufficient_funds | insufficient_funds |
      | tok_of_nobody          | unknown_token      |

  Scenario: Another payment saves it
    Given an order of 2 "P1", paying with "tok_declined"
    When the order is paid with "tok_ok"
    And the background work is done
    Then the order is confirmed, paid and unfulfilled

  Scenario: Or the order is called off with it
    When they order 2 "P1", paying with "tok_declined" or not at all
    Then it is refused with "payment_declined"
    And there is 1 order
    And "number:1" is canceled, failed and unfulfilled
    And "P1" has 10 on hand, 0 reserved, 10 available

  Scenario: A repeat hears the same
    When they order 2 "P1", paying with "tok_declined" or not at all, under the key "k1"
    Then it is refused with "payment_declined"
    When they order 2 "P1", paying with "tok_declined" or not at all, under the key "k1"
    Then it is refused with "payment_declined"
    And there is 1 order

  Scenario: What is to be paid or not at all, and is paid, stands
    When they order 2 "P1", paying with "tok_ok" or not at all
    Then the answer shows the order as confirmed
