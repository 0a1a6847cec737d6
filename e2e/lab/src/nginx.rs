//! What nginx answers by itself in front of a simulated platform.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// A web server of this name and version.
pub(crate) struct Nginx(pub(crate) &'static str);

impl Nginx {
    /// A static file: the page of the platform at `/`, and nothing else.
    pub(crate) fn files(&self, path: &str, platform: &str) -> Response {
        match path {
            "/" => html(StatusCode::OK, format!("<title>{platform}</title>")),
            _ => self.page(StatusCode::NOT_FOUND, "404 Not Found"),
        }
    }

    /// What is behind it does not answer.
    pub(crate) fn bad_gateway(&self) -> Response {
        self.page(StatusCode::BAD_GATEWAY, "502 Bad Gateway")
    }

    /// One of its own pages.
    pub(crate) fn page(&self, status: StatusCode, title: &str) -> Response {
        let text = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body bgcolor=\"white\">\r\n\
             <center><h1>{title}</h1></center>\r\n<hr><center>{}</center>\r\n</body>\r\n</html>\r\n",
            self.0
        );
        html(status, text)
    }
}

fn html(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html")], text).into_response()
}
