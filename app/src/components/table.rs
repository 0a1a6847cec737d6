//! Tables: a list of cards where it is narrow; sorted and narrowed down by the browser where there are many rows.

use leptos::prelude::*;

/// From so many rows on one wants to look for something in them.
const MANY: usize = 12;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Its cells can be put in order.
    Ordered(&'static str),
    /// Numbers: at the right, under each other.
    Number(&'static str),
    /// Nobody would put these in order: buttons, boxes.
    Plain(&'static str),
}

/// A table with a name. Each row is a `<tr>` whose cells name their column in `data-label`: that is what a card shows.
///
/// `whole` says that the rows are all there are: only then it helps to put them in order, or to look for a word, in the
/// browser. What is one page of many is sorted and filtered by the server.
#[component]
pub fn Table(
    /// What is in it, for those who do not see it.
    #[prop(into)]
    label: String,
    columns: Vec<Column>,
    rows: Vec<AnyView>,
    /// Whether these rows are all there are.
    #[prop(optional)]
    whole: bool,
) -> AnyView {
    let count = rows.len();
    let many = (whole && count >= MANY).then_some(label.clone());
    // The browser puts its field here: the place is kept, so that nothing moves then.
    let bar = many.is_some().then(|| {
        view! { <div class="table-bar"><span class="hint" role="status">{format!("{count} rows")}</span></div> }
    });
    let heads: Vec<_> = columns
        .into_iter()
        .map(|column| match column {
            Column::Ordered(name) => view! { <th scope="col" data-order="">{name}</th> }.into_any(),
            Column::Number(name) => view! { <th scope="col" class="num" data-order="">{name}</th> }.into_any(),
            Column::Plain(name) => view! { <th scope="col">{name}</th> }.into_any(),
        })
        .collect();
    view! {
        {bar}
        <div class="table-wrap" tabindex="0" role="region" aria-label=label>
            <table class="table table-cards" data-table=many>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
