//! What people do with the log: scroll, choose, type, press.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event};

use super::search::Towards;
use super::{Following, Pipes, Screen, Shared, ask};

/// Listens to people from now on, and shows the tools: without this they would do nothing.
pub(super) fn listen(screen: &Shared) -> Result<(), JsValue> {
    let (place, window) = {
        let screen = screen.borrow();
        (screen.place.clone(), screen.window.clone())
    };
    on(&window, "scroll", screen, |screen, _| {
        if screen.scrolled() {
            show_following(screen)?;
        }
        Ok(())
    })?;
    on(&place, "change", screen, |screen, event| {
        let Some(tool) = tool_of(event) else { return Ok(()) };
        match name_of(&tool).as_str() {
            "follow" => {
                let following = if is_checked(&tool) { Following::Yes } else { Following::No };
                screen.follow(following);
            }
            "wrap" => {
                screen.window.class_list().toggle_with_force("is-unwrapped", !is_checked(&tool))?;
                screen.follow(screen.following);
            }
            "host" => {
                screen.shown.host = Some(value_of(&tool)).filter(|host| !host.is_empty());
                screen.show_others();
            }
            "pipe" => {
                screen.shown.pipe = if value_of(&tool) == "stderr" { Pipes::Stderr } else { Pipes::Both };
                screen.show_others();
            }
            _ => {}
        }
        show_following(screen)
    })?;
    on(&place, "input", screen, |screen, event| {
        let Some(tool) = tool_of(event).filter(|tool| name_of(tool) == "find") else { return Ok(()) };
        let typed = value_of(&tool);
        screen.find(&typed);
        link_to_all(screen, &typed)
    })?;
    on(&place, "click", screen, |screen, event| {
        let Some(tool) = tool_of(event) else { return Ok(()) };
        match name_of(&tool).as_str() {
            "next" => screen.go_on(Towards::Next),
            "previous" => screen.go_on(Towards::Previous),
            "error" => screen.go_to_error(),
            "end" => screen.follow(Following::Yes),
            _ => return Ok(()),
        }
        show_following(screen)
    })?;
    on(&place, "keydown", screen, |screen, event| {
        let is_find = tool_of(event).is_some_and(|tool| name_of(&tool) == "find");
        if is_find && text(event, "key") == "Enter" {
            event.prevent_default();
            let is_back = js_sys::Reflect::get(event, &"shiftKey".into())?.is_truthy();
            screen.go_on(if is_back { Towards::Previous } else { Towards::Next });
            show_following(screen)?;
        }
        Ok(())
    })?;
    let tools = screen.borrow().tool("tools");
    tools.map_or(Ok(()), |tools| tools.class_list().remove_1("awaits"))
}

/// Does something when that happens, for as long as the page is there.
fn on(
    element: &Element,
    name: &str,
    screen: &Shared,
    act: impl Fn(&mut Screen, &Event) -> Result<(), JsValue> + 'static,
) -> Result<(), JsValue> {
    let screen = screen.clone();
    let listener = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        // A line that is taken out of the page may scroll it; that is not done by people.
        let done = match screen.try_borrow_mut() {
            Ok(mut screen) => act(&mut screen, &event),
            Err(_) => return,
        };
        if let Err(error) = done {
            leptos::logging::error!("{error:?}");
        }
        ask(&screen);
    });
    element.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref())?;
    listener.forget();
    Ok(())
}

/// Whether it follows, for everybody to see.
fn show_following(screen: &Screen) -> Result<(), JsValue> {
    if let Some(follow) = screen.tool("follow") {
        js_sys::Reflect::set(&follow, &"checked".into(), &(screen.following == Following::Yes).into())?;
    }
    // Otherwise the browser would hold on to a line while lines above it go.
    screen.window.class_list().toggle_with_force("is-followed", screen.following == Following::Yes).map(drop)
}

/// What is looked for here can be looked for in the whole log.
fn link_to_all(screen: &Screen, typed: &str) -> Result<(), JsValue> {
    let Some(link) = screen.tool("all") else { return Ok(()) };
    let address = link.get_attribute("href").unwrap_or_default();
    let log = address.split('?').next().unwrap_or_default();
    let find = String::from(js_sys::encode_uri_component(typed.trim()));
    let query = if find.is_empty() { String::new() } else { format!("?find={find}") };
    link.set_attribute("href", &format!("{log}{query}"))
}

fn tool_of(event: &Event) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest("[data-log]").ok().flatten()
}

fn name_of(tool: &Element) -> String {
    tool.get_attribute("data-log").unwrap_or_default()
}

fn is_checked(tool: &Element) -> bool {
    js_sys::Reflect::get(tool, &"checked".into()).is_ok_and(|checked| checked.is_truthy())
}

fn value_of(tool: &Element) -> String {
    text(tool, "value")
}

fn text(of: &JsValue, name: &str) -> String {
    js_sys::Reflect::get(of, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}
