//! Arithmetic of vectors.

/// Shortens a vector to its first components and scales it to length 1.
///
/// Models that were trained for it say most in the first components; with others the shortened vector is worth less.
pub(crate) fn normalized(mut vector: Vec<f32>, dimensions: usize) -> Vec<f32> {
    vector.truncate(dimensions);
    // In f64, so that the length of a long vector is not rounded at every step.
    let length = dot(&vector, &vector).sqrt();
    if length > 0.0 {
        for component in &mut vector {
            *component = (f64::from(*component) / length) as f32;
        }
    }
    vector
}

/// How alike two vectors of length 1 are, from -1 to 1.
pub(crate) fn cosine(one: &[f32], other: &[f32]) -> f64 {
    dot(one, other).clamp(-1.0, 1.0)
}

fn dot(one: &[f32], other: &[f32]) -> f64 {
    let products = one.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_length_one_also_when_it_is_shortened() {
        assert_eq!(normalized(vec![3.0, 4.0], 2), [0.6, 0.8]);
        assert_eq!(normalized(vec![3.0, 4.0, 12.0], 2), [0.6, 0.8]);
        assert_eq!(normalized(vec![0.0, 0.0], 2), [0.0, 0.0]);
    }

    #[test]
    fn likeness_stays_in_its_bounds() {
        let vector = normalized(vec![0.1; 384], 384);
        assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-6 && cosine(&vector, &vector) <= 1.0);
        assert_eq!(cosine(&[1.0, 0.0], &[-1.0, 0.0]), -1.0);
    }
}
