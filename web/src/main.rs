//! The module that the browser loads, in its window and in its worker.

fn main() {
    amanah_web::start();
}
