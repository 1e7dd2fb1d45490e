//! Matrix products on one thread each, for use inside loops that are parallel already.

use super::{like, numbers, with_numbers};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

/// A matrix that a product reads: row-major as it lies in memory, or the transposed of that.
#[derive(Clone, Copy)]
pub(in crate::gan) enum Matrix<'a> {
    Plain(&'a [f32]),
    Transposed(&'a [f32]),
}

impl Matrix<'_> {
    /// Start, column stride and row stride of a `rows` × `columns` view.
    fn view(&self, rows: usize, columns: usize) -> (*const f32, isize, isize) {
        match self {
            Self::Plain(values) => {
                assert!(values.len() >= rows * columns);
                (values.as_ptr(), 1, columns as isize)
            }
            Self::Transposed(values) => {
                assert!(values.len() >= rows * columns);
                (values.as_ptr(), rows as isize, 1)
            }
        }
    }
}

/// `out` (m × n, row-major) = `a` (m × k) times `b` (k × n), added to what is there if `add`.
pub(in crate::gan) fn product(
    [m, n, k]: [usize; 3],
    out: &mut [f32],
    add: bool,
    a: Matrix<'_>,
    b: Matrix<'_>,
) {
    assert!(out.len() >= m * n);
    let (a, a_column, a_row) = a.view(m, k);
    let (b, b_column, b_row) = b.view(k, n);
    #[expect(unsafe_code, reason = "gemm takes raw pointers")]
    // SAFETY: `view` and the assertion above make sure that `a`, `b` and `out` hold at least m · k, k · n and m · n
    // numbers, which is as far as these sizes and strides reach. All three are initialised, aligned `f32`s that
    // stay borrowed until gemm returns, and `out` is borrowed mutably, so it overlaps neither `a` nor `b`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            add,
            a,
            a_column,
            a_row,
            b,
            b_column,
            b_row,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// Rows of a batch that one task multiplies.
fn rows_a_task(rows: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads()).max(8)
}

/// `x` (rows of `inputs`) times `weight`, of which `outputs` come, in parallel over rows.
fn product_of_rows(
    x: &[f32],
    weight: Matrix<'_>,
    [batch, inputs, outputs]: [usize; 3],
) -> Vec<f32> {
    let mut out = vec![0.0; batch * outputs];
    let rows = rows_a_task(batch);
    out.par_chunks_mut(rows * outputs)
        .zip(x.par_chunks(rows * inputs))
        .for_each(|(out, x)| {
            let m = out.len() / outputs;
            product([m, outputs, inputs], out, false, Matrix::Plain(x), weight);
        });
    out
}

struct Linear;

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        w: &CpuStorage,
        w_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, inputs) = x_layout.shape().dims2()?;
        let (rows, outputs) = w_layout.shape().dims2()?;
        if rows != inputs {
            bail!("{inputs} inputs do not fit a weight of {rows} × {outputs}");
        }
        let (x, w) = (numbers(x, x_layout)?, numbers(w, w_layout)?);
        let out = product_of_rows(x, Matrix::Plain(w), [batch, inputs, outputs]);
        Ok((CpuStorage::F32(out), (batch, outputs).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let ((batch, inputs), outputs) = (x.dims2()?, w.dim(1)?);
        with_numbers([x, w, gradient], |[xs, ws, gs]| {
            let of_x = x.track_op().then(|| {
                let weight = Matrix::Transposed(ws);
                let out = product_of_rows(gs, weight, [batch, outputs, inputs]);
                like(out, x)
            });
            let of_w = w.track_op().then(|| {
                let mut out = vec![0.0; inputs * outputs];
                let (a, b) = (Matrix::Transposed(xs), Matrix::Plain(gs));
                product([inputs, outputs, batch], &mut out, false, a, b);
                like(out, w)
            });
            Ok((of_x.transpose()?, of_w.transpose()?))
        })?
    }
}

/// `x` [batch, inputs] times `weight` [inputs, outputs]: [batch, outputs].
///
/// # Errors
/// Shapes that do not fit.
pub fn linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op2(&weight.contiguous()?, Linear)
}

/// Squared distances of `a` (rows of `dims` numbers) to `b`: [rows of a, rows of b], row-major. On one
/// thread, for use inside a parallel loop. Rounding may leave a distance a little below 0.
pub fn distances(a: &[f32], b: &[f32], dims: usize) -> Vec<f32> {
    let (m, n) = (a.len() / dims.max(1), b.len() / dims.max(1));
    let mut table = vec![0.0; m * n];
    let (left, right) = (Matrix::Plain(a), Matrix::Transposed(b));
    product([m, n, dims], &mut table, false, left, right);
    let power = |x: &[f32]| x.iter().map(|v| v * v).sum::<f32>();
    let powers: Vec<f32> = b.chunks_exact(dims.max(1)).map(power).collect();
    for (line, a) in table
        .chunks_exact_mut(n.max(1))
        .zip(a.chunks_exact(dims.max(1)))
    {
        let own = power(a);
        for (t, p) in line.iter_mut().zip(&powers) {
            *t = own + p - 2.0 * *t;
        }
    }
    table
}
