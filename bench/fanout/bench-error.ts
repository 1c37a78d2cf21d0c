/** What whoever runs the benchmark can mend: it is told as a sentence, without a stack. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}
