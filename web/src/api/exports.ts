import { queryOptions } from "@tanstack/react-query";
import { currentLanguage } from "../i18n/language.ts";
import { BASE, DELETE, data, GET, POST, PUT } from "./client.ts";
import { problemOf, RequestProblem } from "./problem.ts";
import type { Schemas } from "./types.ts";

/** Taking customers out as a file, and accounts that were shown too many. */

export type Export = Schemas["ExportOut"];
/** What is left out is not asked. */
export type Question = { [K in keyof Schemas["QuestionJson"]]?: Schemas["QuestionJson"][K] | undefined };
export type Outlook = Schemas["OutlookOut"];
export type Trace = Schemas["TraceOut"];
export type ExportRules = Schemas["ExportRulesIn"];

const byId = (id: string) => ({ params: { path: { id } } });
const moving = (items?: Export[]) => items?.some((one) => one.state === "making");

export const exportsOf = (everybody: boolean) =>
  queryOptions({
    queryKey: ["exports", everybody],
    queryFn: () => data(everybody ? GET("/export-requests") : GET("/exports")),
    refetchInterval: (query) => (moving(query.state.data?.items) ? 700 : 15_000),
  });

export const outlook = (question: Question) =>
  queryOptions({
    queryKey: ["export-outlook", question],
    queryFn: () => data(POST("/exports/outlook", { body: question as Schemas["QuestionJson"] })),
  });

export const exportRules = queryOptions({
  queryKey: ["export-rules"],
  queryFn: () => data(GET("/export-rules")),
});
export const peopleADay = queryOptions({
  queryKey: ["people-a-day"],
  queryFn: () => data(GET("/people-a-day")),
});
export const frozen = queryOptions({
  queryKey: ["frozen"],
  queryFn: () => data(GET("/frozen")),
  refetchInterval: 30_000,
});

/** An answer that is a file goes to the browser's downloads. */
async function save(path: string, body?: unknown): Promise<void> {
  const answer = await fetch(`${BASE}${path}`, {
    method: body ? "POST" : "GET",
    credentials: "same-origin",
    headers: { "Accept-Language": currentLanguage(), "Content-Type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok)
    throw new RequestProblem(problemOf(answer.status, await answer.json().catch(() => undefined)));
  const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = named?.[1] ?? "vernis.zip";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const act = {
  ask: (body: Omit<Schemas["ExportIn"], "question"> & { question: Question }) =>
    data(POST("/exports", { body: body as Schemas["ExportIn"] })),
  make: (id: string) => data(POST("/exports/{id}/make", byId(id))),
  decide: (id: string, approve: boolean) =>
    data(POST("/exports/{id}/decision", { ...byId(id), body: { approve } })),
  withdraw: (id: string) => data(POST("/exports/{id}/withdrawal", byId(id))),
  removeFile: (id: string) => data(DELETE("/exports/{id}/file", byId(id))),
  download: (id: string) => save(`/exports/${id}/file`),
  open: (id: string, password: string) => save(`/exports/${id}/opened`, { password }),
  traceText: (text: string) => data(POST("/exports/trace", { body: { text } })),
  traceFile: async (file: File): Promise<Trace> => {
    const form = new FormData();
    form.append("file", file);
    const answer = await fetch(`${BASE}/exports/trace-file`, {
      method: "POST",
      body: form,
      credentials: "same-origin",
      headers: { "Accept-Language": currentLanguage() },
    });
    const body = await answer.json().catch(() => undefined);
    if (!answer.ok) throw new RequestProblem(problemOf(answer.status, body));
    return body as Trace;
  },
  setRules: (body: ExportRules) => data(PUT("/export-rules", { body })),
  setPeopleADay: (body: Schemas["PeopleADayJson"]) => data(PUT("/people-a-day", { body })),
  thaw: (id: string) => data(DELETE("/frozen/{id}", byId(id))),
};
