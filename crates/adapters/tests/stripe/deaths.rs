//! The engine dies at each step of each call, and everything goes wrong at once; then the books are compared.

use sutler_app::orders::{Amount, CancelInput, OrderView};
use sutler_app::ports::jobs::Wanted;
use sutler_app::ports::reads::OrderName;
use sutler_domain::payments::CaptureMode;
use sutler_testkit::money::{Dying, Keeping, Options, caller, run};

use crate::shop::{Quiet, state};

/// The shop's next call to Stripe.
#[derive(Clone, Copy, Debug)]
enum Next {
    Charge,
    Authorize,
    Capture,
    Void,
    Refund,
}

/// An order whose next job makes the call.
async fn about_to(quiet: &mut Quiet, next: Next) -> OrderView {
    let capture = if matches!(next, Next::Charge | Next::Refund) {
        CaptureMode::Automatic
    } else {
        CaptureMode::Manual
    };
    if matches!(next, Next::Charge | Next::Authorize) {
        return quiet.shop.place(1, "pm_card_visa", capture).await.unwrap();
    }
    let placed = quiet.placed(1, "pm_card_visa", capture).await;
    let (payment, payments) = (placed.order.payments[0].payment_id.clone(), &quiet.shop.app.payments);
    let half = Some(Amount { amount: 500, currency: None });
    match next {
        Next::Capture => drop(payments.capture(&caller(), &payment, half).await.unwrap()),
        Next::Void => drop(payments.void(&caller(), &payment).await.unwrap()),
        _ => {
            let input = CancelInput { items: Vec::new(), reason: None, refund: true };
            let name = OrderName::Id(placed.order.order_id.clone());
            drop(quiet.shop.app.orders.cancel(&caller(), &name, input).await.unwrap());
        }
    }
    placed
}

#[tokio::test]
async fn an_engine_that_dies_at_any_step_of_any_call_moves_money_once() {
    for next in [Next::Charge, Next::Authorize, Next::Capture, Next::Void, Next::Refund] {
        for steps in 0.. {
            let mut quiet = Quiet::open().await;
            let placed = about_to(&mut quiet, next).await;
            let mut died = false;
            for job in quiet.shop.app.jobs.lease("doomed", &Wanted::any(16)).await.unwrap() {
                died |= Dying::after(Some(steps), quiet.shop.app.jobs.run(&job)).await.is_none();
            }
            // Whoever comes next finds the lease run out.
            quiet.works(3600).await;
            let (order, intent) = (quiet.now(&placed).await.order, quiet.intent(&placed));
            let wanted = match next {
                Next::Charge => ("confirmed", "paid", 1000, 0),
                Next::Authorize => ("confirmed", "authorized", 0, 0),
                Next::Capture => ("confirmed", "partially_paid", 500, 0),
                Next::Void => ("confirmed", "voided", 0, 0),
                Next::Refund => ("canceled", "refunded", 1000, 1000),
            };
            assert_eq!(state(&order), wanted, "{next:?} died after {steps} steps");
            assert_eq!((intent.received, intent.refunded), (wanted.2, wanted.3), "{next:?} after {steps}");
            assert_eq!(quiet.shop.stripe.books(|books| books.intents.len()), 1, "{next:?} after {steps}");
            assert!(quiet.shop.stripe.books(|books| books.complaints.is_empty()));
            if !died {
                assert!(steps > 1, "{next:?} has several steps to die at");
                break;
            }
        }
    }
}

#[tokio::test]
async fn with_a_third_of_all_calls_failing_both_books_agree_to_the_cent() {
    for (seed, keeping) in [(1, Keeping::Memory), (2, Keeping::Memory), (3, Keeping::Sqlite)] {
        let report =
            run(&Options { seed, keeping, payments: 40, ..Options::default() }, |_| ()).await.unwrap();
        assert_eq!(report.wrong, Vec::<String>::new(), "seed {seed}: {report:?}");
        assert!(report.deaths > 0 && report.captures > 0 && report.refunds > 0, "{report:?}");
    }
}
