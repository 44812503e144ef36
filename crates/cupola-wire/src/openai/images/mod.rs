//! Pictures from a text. OpenAI's request and answer are the middle; the Model Inference API writes the same with other
//! words, and `negative_prompt`, `image_prompt` and `seed` beside it, which go through.

mod answer;
mod model_inference;
mod request;

pub use answer::images;
pub use model_inference::{
    images_answer_from_model_inference, images_request_is_openais, images_request_to_model_inference,
};
pub use request::{ImageFormat, ImagesRequest, ImagesWanted};
