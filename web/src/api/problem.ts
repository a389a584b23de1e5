import type { Problem } from "./types.ts";

/** A request that was refused or never arrived; carries the server's problem document. */
export class RequestProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "RequestProblem";
    this.problem = problem;
  }

  get signInRequired(): boolean {
    return this.problem.status === 401;
  }
}

/** The code given when the server could not be reached at all. */
export const UNREACHABLE = "unreachable";

export function asProblem(error: unknown): Problem {
  if (error instanceof RequestProblem) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { title: detail, status: 0, code: "unexpected", detail };
}

/** Whatever came back with a failing status becomes a problem, also when a proxy answered with HTML. */
export function problemOf(status: number, body: unknown): Problem {
  if (body && typeof body === "object" && "title" in body) {
    const known = body as Partial<Problem>;
    return { ...known, title: String(known.title), status, code: known.code ?? `http_${status}` };
  }
  return { title: `HTTP ${status}`, status, code: `http_${status}` };
}
