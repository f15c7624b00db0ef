//! An authentik, its apps and a container engine, played on loopback from recorded answers.
