import createClient from "openapi-fetch";
import { currentLanguage } from "../i18n/language.ts";
import { problemOf, RequestProblem, UNREACHABLE } from "./problem.ts";
import type { Import, paths } from "./types.ts";

export const BASE = "/api/v1";

const client = createClient<paths>({
  baseUrl: BASE,
  credentials: "same-origin",
  fetch: async (request: Request) => {
    try {
      return await fetch(request);
    } catch {
      throw new RequestProblem({ title: "", status: 0, code: UNREACHABLE });
    }
  },
});

client.use({
  onRequest: ({ request }) => {
    request.headers.set("Accept-Language", currentLanguage());
    return request;
  },
});

export const { GET, POST, PUT, PATCH, DELETE } = client;

/** Waits for an answer and gives its data, or throws the problem the server described. */
export async function data<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new RequestProblem(problemOf(response.status, error));
  return data as T;
}

/**
 * Sends a file. The ordinary client cannot tell how much has gone; a large file on a slow line needs that.
 */
export function upload(file: File, onShare: (share: number) => void): Promise<Import> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${BASE}/imports`);
    request.setRequestHeader("Accept-Language", currentLanguage());
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onShare(event.loaded / event.total);
    };
    request.onerror = () => reject(new RequestProblem({ title: "", status: 0, code: UNREACHABLE }));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Import);
      else reject(new RequestProblem(problemOf(request.status, request.response)));
    };
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}
