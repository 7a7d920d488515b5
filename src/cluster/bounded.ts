/** Gives up what does not end: a client waits for ever for a cluster that is gone. */
import { PipelineError } from "../report/errors.ts";

/** A cluster does not answer any more; nothing can be said of what was tested in it. */
export class ClusterSilentError extends PipelineError {
  override readonly name = "ClusterSilentError";
  constructor(work: string, seconds: number) {
    super(
      "infra",
      `${work} did not come to its end within ${seconds} s, so that the cluster answers no more`,
      "look whether the machine of the engine has memory and processor time left, and run it again",
    );
  }
}

/** Gives what work gives, or throws ClusterSilentError when it takes longer; the work itself is left behind. */
export async function within<Result>(seconds: number, name: string, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new ClusterSilentError(name, seconds));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}
