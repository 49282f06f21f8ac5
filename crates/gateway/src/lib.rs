//! The HTTP edge: the API of `/api/v1`, its OpenAPI document, health and metrics.
//!
//! One page of the API is one file with everything about it: its routes with their documentation, its parameters, its
//! handlers (`messages`, `import`, `receipts`, `quarters`, `submissions`, `report`, `verify`, `log`, `health`). What all of them share
//! stands beside: `edge` (limits, log line, headers around every request), `caller` (tokens, and who sees what),
//! `problem` (every «no» as RFC 9457), `parameters`, `route` and `openapi`. The rules are the engine's; documents are
//! made by a function that the program gives.

mod api;
mod caller;
mod connections;
mod edge;
mod health;
mod import;
mod log;
mod log_stream;
mod messages;
mod municipalities;
mod openapi;
mod options;
mod parameters;
mod problem;
mod quarters;
mod receipts;
mod report;
mod route;
mod submissions;
mod verify;

pub use connections::{GatewayError, serve};
pub use log_stream::write_log_line;
pub use openapi::openapi_document;
pub use options::{
    FileVerdict, GatewayOptions, ImportFile, ImportRefused, ImportRequest, Readiness, ReadinessCheck,
    RenderMetrics, RenderRefused, RenderReport, RenderedReport, Verified, VerifiedCell, VerifiedDocument,
    VerifyFile,
};
pub use problem::http_status;
