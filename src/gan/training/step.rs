//! One training step of both networks.

use crate::gan::dataset::training_set::{NEIGHBOURS, TrainingSet};
use crate::gan::features::projection::{FeatureMaps, FeatureProjection};
use crate::gan::losses::{
    LossWeights, StepMetrics, adversarial, code_regression, diversity, gradient_penalty, number,
};
use crate::gan::networks::discriminator::{Discriminator, TowerOutput};
use crate::gan::networks::synthesis::Synthesis;
use crate::gan::ops::shift;
use crate::gan::random::{Random, normals};
use crate::gan::training::optimiser::{AdamStep, TrainableNetwork};
use candle_core::{Result, Tensor};
use rand::RngExt as _;

/// What a step goes by: the shapes of the networks, the frozen features, and the shoes.
pub(in crate::gan) struct Step<'a> {
    pub set: &'a TrainingSet,
    pub synthesis: &'a Synthesis,
    pub discriminator: &'a Discriminator,
    pub features: &'a FeatureProjection,
    pub loss_weights: &'a LossWeights,
    /// Share of the full learning rate.
    pub rate: f32,
}

/// The two networks that a step changes.
pub(in crate::gan) struct Networks<'a> {
    pub generator: &'a mut TrainableNetwork,
    pub discriminator: &'a mut TrainableNetwork,
}

/// The shoes of a step, in pairs. The first picture of a pair is the shoe that the code is of, the second one of
/// its neighbours; the generator makes two designs of that code.
struct Batch {
    /// Whose codes the generator is given.
    asked: Vec<usize>,
    code: Tensor,
    real: Tensor,
    code_of_real: Tensor,
}

/// What the discriminator is shown of a batch of pictures.
struct Views {
    maps: FeatureMaps,
    /// The pictures, then the mixed maps: one for each tower.
    views: Vec<Tensor>,
}

impl Step<'_> {
    /// Steps the discriminator, then the generator.
    pub fn run(&self, networks: Networks<'_>, random: &mut Random) -> Result<StepMetrics> {
        let batch = self.draw(random)?;
        let noise = normals(
            random,
            &[self.loss_weights.batch, self.synthesis.noise_dims],
        )?;
        let weights = networks.generator.live()?;
        let fake = self.synthesis.forward(&weights, &batch.code, &noise)?;
        let views_of_real = self.views(&batch.real, random)?;
        // The designs are looked at once for both networks.
        let views_of_fake = self.views(&fake, random)?;
        let mut metrics = StepMetrics::default();
        let trained = self.train_discriminator(
            networks.discriminator,
            &batch,
            [&views_of_real.views, &views_of_fake.views],
            &mut metrics,
            random,
        )?;
        if !trained {
            metrics.discriminator = f64::NAN;
            return Ok(metrics);
        }
        let weights = networks.discriminator.frozen()?;
        let of = |views: &[Tensor]| self.discriminator.forward(&weights, views, &batch.code);
        let outputs = [of(&views_of_fake.views)?, of(&views_of_real.views)?];
        let loss =
            self.generator_loss(&outputs, &batch, &fake, &views_of_fake.maps, &mut metrics)?;
        let mut adam = self.adam(self.loss_weights.average);
        adam.rate *= self.generator_share(networks.generator.steps);
        if !networks.generator.step(&loss.backward()?, adam)? {
            metrics.generator = f64::NAN;
        }
        Ok(metrics)
    }

    /// The share of the learning rate that the generator has at step `steps`: one that was not begun here waits
    /// until the discriminator, which was, has something to say.
    fn generator_share(&self, steps: u64) -> f32 {
        match self.loss_weights.warm_up_steps {
            0 => 1.0,
            all => (steps as f32 / all as f32).min(1.0),
        }
    }

    fn adam(&self, average: f32) -> AdamStep {
        AdamStep {
            rate: self.loss_weights.learning_rate * self.rate,
            first: 0.0,
            second: 0.99,
            average,
        }
    }

    fn draw(&self, random: &mut Random) -> Result<Batch> {
        let batch = self.loss_weights.batch;
        let (mut asked, mut shown) = (Vec::with_capacity(batch), Vec::with_capacity(batch));
        for _ in 0..batch / 2 {
            let shoe = random.random_range(0..self.set.shoes.len());
            let neighbour = self.set.neighbour(shoe, random.random_range(0..NEIGHBOURS));
            asked.extend([shoe, shoe]);
            shown.extend([shoe, neighbour]);
        }
        Ok(Batch {
            code: self.set.codes(&asked)?,
            real: self.set.shoes.tensor(&shown)?,
            code_of_real: self.set.codes(&shown)?,
            asked,
        })
    }

    /// The views of `pictures`, each moved at random, so that the discriminator cannot learn single pixels by heart.
    fn views(&self, pictures: &Tensor, random: &mut Random) -> Result<Views> {
        let reach = self.loss_weights.shift;
        let mut one = || random.random_range(-reach..=reach);
        let offsets = (0..self.loss_weights.batch)
            .map(|_| [one(), one()])
            .collect();
        let pictures = shift(pictures, offsets)?;
        let maps = self.features.look(&pictures)?;
        let mut views = self.features.views(&maps)?;
        views.insert(0, pictures);
        Ok(Views { maps, views })
    }

    /// Steps the discriminator on real pictures and designs at once; false where its gradients are not finite.
    fn train_discriminator(
        &self,
        network: &mut TrainableNetwork,
        batch: &Batch,
        [real, fake]: [&[Tensor]; 2],
        metrics: &mut StepMetrics,
        random: &mut Random,
    ) -> Result<bool> {
        let weights = network.live()?;
        let both = real
            .iter()
            .zip(fake)
            .map(|(real, fake)| Tensor::cat(&[real, &fake.detach()], 0))
            .collect::<Result<Vec<_>>>()?;
        let codes = Tensor::cat(&[&batch.code, &batch.code], 0)?;
        let outputs = self.discriminator.forward(&weights, &both, &codes)?;
        let count = self.loss_weights.batch;
        let of_real = part(&outputs, 0, count)?;
        let of_fake = part(&outputs, count, count)?;
        let adversarial = adversarial::of_discriminator(&of_real, &of_fake)?;
        let regression = code_regression::error(&of_real, &batch.code_of_real)?;
        let weight = self.loss_weights.discriminator_code_regression;
        let mut loss = (&adversarial + (&regression * weight)?)?;
        let every = self.loss_weights.gradient_penalty_every;
        if network.steps.is_multiple_of(every) {
            // Both at once: what is real and what is made is punished alike for a steep score.
            let penalty = gradient_penalty::squared_slope(
                self.discriminator,
                &weights,
                &both,
                &outputs,
                &codes,
                random,
            )?;
            metrics.penalty = number(&penalty)?;
            let weight = self.loss_weights.gradient_penalty * every as f64;
            loss = (loss + (penalty * weight)?)?;
        }
        metrics.discriminator = number(&adversarial)?;
        metrics.regression_real = number(&regression)?;
        metrics.score_real = number(&adversarial::mean_score(&of_real)?)?;
        metrics.score_fake = number(&adversarial::mean_score(&of_fake)?)?;
        network.step(&loss.backward()?, self.adam(0.0))
    }

    /// The generator's loss on the designs `fake`; `outputs` is what the discriminator as it is now says of them, and of
    /// the real pictures beside them.
    fn generator_loss(
        &self,
        [outputs, of_real]: &[Vec<TowerOutput>; 2],
        batch: &Batch,
        fake: &Tensor,
        maps: &FeatureMaps,
        metrics: &mut StepMetrics,
    ) -> Result<Tensor> {
        let weights = self.loss_weights;
        let adversarial = adversarial::of_generator(outputs, of_real)?;
        let regression = code_regression::error(outputs, &batch.code)?;
        let ratio = diversity::ratio(fake, &batch.real)?;
        let shortfall = diversity::shortfall(&ratio, weights.diversity_goal)?;
        let feature = self.features.error(maps, &batch.code)?;
        metrics.generator = number(&adversarial)?;
        metrics.regression_fake = number(&regression)?;
        metrics.diversity = number(&ratio)?;
        metrics.feature_error = number(&feature)?;
        // What the regression cannot read off real pictures yet is not asked of designs.
        let readable = (1.0 - metrics.regression_real).max(0.0);
        let code = ((&regression * (weights.generator_code_regression * readable))?
            + (feature * weights.feature)?)?;
        let mut loss = ((&adversarial + code)? + (shortfall * weights.diversity)?)?;
        if let (Some(colours), true) = (&self.set.shoe_colours, weights.colour > 0.0) {
            let error = colours.error(fake, &batch.asked)?;
            metrics.colour_error = number(&error)?;
            loss = (loss + (error * weights.colour)?)?;
        }
        Ok(loss)
    }
}

/// Some of the pictures of `outputs`.
fn part(outputs: &[TowerOutput], first: usize, count: usize) -> Result<Vec<TowerOutput>> {
    let part = |tower: &TowerOutput| -> Result<TowerOutput> {
        Ok(TowerOutput {
            score: tower.score.narrow(0, first, count)?,
            code: tower.code.narrow(0, first, count)?,
        })
    };
    outputs.iter().map(part).collect()
}
