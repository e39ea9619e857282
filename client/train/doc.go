// Package train trains small models on a contributor's own machine: the built-in trainers of `sotto contribute`, of the demo and of
// the benchmarks.
//
// A [ModelSpec] is the public description that every contributor has alike; its hash is the model id of a round's descriptor.
// [ReadCSV] reads a contributor's rows, [NewTrainer] compiles the training step, [Trainer.Train] turns the round's base model into a
// trained one, of which package update makes the contribution. [Evaluate] measures accuracy.
//
// Rows, labels and losses are the contributor's secret. They stay in memory: nothing here writes or logs, and errors name lines,
// fields and rows but quote none. Training is a function of its arguments on one machine; on another CPU its last bits may differ,
// which is of no consequence, since nobody recomputes a contributor's training. Evaluation and initial models are the same everywhere.
//
// Training runs on GoMLX's back end in pure Go.
package train
