//! One file a format, each over the same report; sees the model only.
