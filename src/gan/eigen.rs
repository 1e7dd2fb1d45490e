//! Eigenvalues and eigenvectors of a symmetric matrix, in f64: Householder's reduction to three diagonals,
//! then the implicit QL method (EISPACK's tred2 and tql2, as in JAMA). A few hundred rows take well
//! under a second, and nothing outside the standard library is needed.

/// The eigenvalues, smallest first, and the eigenvectors (row k of the second belongs to value k) of the
/// symmetric `n` × `n` matrix `a`, row-major.
pub(super) fn symmetric_eigen(a: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    assert_eq!(a.len(), n * n);
    if n == 0 {
        return (Vec::new(), Vec::new());
    }
    let mut v: Vec<Vec<f64>> = a.chunks_exact(n).map(<[f64]>::to_vec).collect();
    let (mut d, mut e) = (vec![0.0; n], vec![0.0; n]);
    reduce(&mut v, &mut d, &mut e);
    // From here on `v` is kept transposed: the rotations then run along rows.
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|j| v.iter().map(|row| row[j]).collect())
        .collect();
    diagonalise(&mut rows, &mut d, &mut e);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| d[i].total_cmp(&d[j]));
    (
        order.iter().map(|&i| d[i]).collect(),
        order.iter().flat_map(|&i| rows[i].clone()).collect(),
    )
}

/// Householder's reduction: `d` becomes the diagonal, `e` what stands beside it, `v` the transformation.
fn reduce(v: &mut [Vec<f64>], d: &mut [f64], e: &mut [f64]) {
    let n = d.len();
    d.copy_from_slice(&v[n - 1]);
    for i in (1..n).rev() {
        let scale: f64 = d[..i].iter().map(|x| x.abs()).sum();
        let mut h = 0.0;
        if scale == 0.0 {
            e[i] = d[i - 1];
            for j in 0..i {
                d[j] = v[i - 1][j];
                v[i][j] = 0.0;
                v[j][i] = 0.0;
            }
        } else {
            for x in &mut d[..i] {
                *x /= scale;
                h += *x * *x;
            }
            let f = d[i - 1];
            let g = if f > 0.0 { -h.sqrt() } else { h.sqrt() };
            e[i] = scale * g;
            h -= f * g;
            d[i - 1] = f - g;
            e[..i].fill(0.0);
            for j in 0..i {
                let f = d[j];
                v[j][i] = f;
                let mut g = e[j] + v[j][j] * f;
                for k in j + 1..i {
                    g += v[k][j] * d[k];
                    e[k] += v[k][j] * f;
                }
                e[j] = g;
            }
            let mut f = 0.0;
            for j in 0..i {
                e[j] /= h;
                f += e[j] * d[j];
            }
            let hh = f / (h + h);
            for j in 0..i {
                e[j] -= hh * d[j];
            }
            for j in 0..i {
                let (f, g) = (d[j], e[j]);
                for k in j..i {
                    v[k][j] -= f * e[k] + g * d[k];
                }
                d[j] = v[i - 1][j];
                v[i][j] = 0.0;
            }
        }
        d[i] = h;
    }
    for i in 0..n - 1 {
        v[n - 1][i] = v[i][i];
        v[i][i] = 1.0;
        let h = d[i + 1];
        if h != 0.0 {
            for k in 0..=i {
                d[k] = v[k][i + 1] / h;
            }
            for j in 0..=i {
                let g: f64 = (0..=i).map(|k| v[k][i + 1] * v[k][j]).sum();
                for k in 0..=i {
                    v[k][j] -= g * d[k];
                }
            }
        }
        for row in v.iter_mut().take(i + 1) {
            row[i + 1] = 0.0;
        }
    }
    for j in 0..n {
        d[j] = v[n - 1][j];
        v[n - 1][j] = 0.0;
    }
    v[n - 1][n - 1] = 1.0;
    e[0] = 0.0;
}

/// The implicit QL method; `rows` holds the eigenvectors as rows.
fn diagonalise(rows: &mut [Vec<f64>], d: &mut [f64], e: &mut [f64]) {
    let n = d.len();
    e.rotate_left(1);
    e[n - 1] = 0.0;
    let (mut f, mut largest) = (0.0f64, 0.0f64);
    for l in 0..n {
        largest = largest.max(d[l].abs() + e[l].abs());
        let mut m = l;
        while m + 1 < n && e[m].abs() > f64::EPSILON * largest {
            m += 1;
        }
        if m > l {
            // A few rounds do; the bound keeps a matrix of NaN from going on for ever.
            for _ in 0..100 {
                let g = d[l];
                let mut p = (d[l + 1] - g) / (2.0 * e[l]);
                let r = if p < 0.0 { -p.hypot(1.0) } else { p.hypot(1.0) };
                d[l] = e[l] / (p + r);
                d[l + 1] = e[l] * (p + r);
                let after = d[l + 1];
                let h = g - d[l];
                for x in &mut d[l + 2..] {
                    *x -= h;
                }
                f += h;
                p = d[m];
                let (mut c, mut c2, mut c3) = (1.0, 1.0, 1.0);
                let beside = e[l + 1];
                let (mut s, mut s2) = (0.0, 0.0);
                for i in (l..m).rev() {
                    c3 = c2;
                    c2 = c;
                    s2 = s;
                    let g = c * e[i];
                    let h = c * p;
                    let r = p.hypot(e[i]);
                    e[i + 1] = s * r;
                    s = e[i] / r;
                    c = p / r;
                    p = c * d[i] - s * g;
                    d[i + 1] = h + s * (c * g + s * d[i]);
                    let (low, high) = rows.split_at_mut(i + 1);
                    for (a, b) in low[i].iter_mut().zip(high[0].iter_mut()) {
                        let h = *b;
                        *b = s * *a + c * h;
                        *a = c * *a - s * h;
                    }
                }
                p = -s * s2 * c3 * beside * e[l] / after;
                e[l] = s * p;
                d[l] = c * p;
                if e[l].abs() <= f64::EPSILON * largest || !e[l].is_finite() {
                    break;
                }
            }
        }
        d[l] += f;
        e[l] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_a_matrix_apart_and_the_parts_make_the_matrix() {
        let n = 40;
        let mut a = vec![0.0; n * n];
        let mut state = 1u64;
        for i in 0..n {
            for j in 0..=i {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
                let x = (state >> 33) as f64 / f64::from(1u32 << 31) - 0.5;
                (a[i * n + j], a[j * n + i]) = (x, x);
            }
        }
        let (values, vectors) = symmetric_eigen(&a, n);
        assert!(values.windows(2).all(|w| w[0] <= w[1]));
        for i in 0..n {
            for j in 0..n {
                let (u, v) = (&vectors[i * n..][..n], &vectors[j * n..][..n]);
                let dot: f64 = u.iter().zip(v).map(|(x, y)| x * y).sum();
                assert!((dot - f64::from(i == j)).abs() < 1e-10);
                let rebuilt: f64 = (0..n)
                    .map(|k| values[k] * vectors[k * n + i] * vectors[k * n + j])
                    .sum();
                assert!((rebuilt - a[i * n + j]).abs() < 1e-10);
            }
        }
    }

    #[test]
    fn degenerate_matrices_do_not_trouble_it() {
        assert_eq!(symmetric_eigen(&[], 0).0.len(), 0);
        assert_eq!(symmetric_eigen(&[3.0], 1), (vec![3.0], vec![1.0]));
        assert_eq!(symmetric_eigen(&[0.0; 9], 3).0, vec![0.0; 3]);
        let _ = symmetric_eigen(&[f64::NAN; 9], 3);
    }
}
