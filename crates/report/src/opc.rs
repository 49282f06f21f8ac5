//! How the parts of an Office Open XML file are named (ISO/IEC 29500-2), for whoever reads one: how much is believed differs from
//! reader to reader, where a name leads does not.

/// The part that a relation of a part in that folder leads to.
pub(crate) fn resolved(folder: &str, target: &str) -> String {
    if let Some(whole) = target.strip_prefix('/') {
        return whole.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}
