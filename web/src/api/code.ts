import { queryOptions } from "@tanstack/react-query";
import { data, GET, POST, PUT } from "./client.ts";

/** Sign-in with a code: one's own, and whether everybody has to have it. */
export const own = queryOptions({
  queryKey: ["second-factor"],
  queryFn: () => data(GET("/session/second-factor")),
});
export const requirement = queryOptions({
  queryKey: ["second-factor-requirement"],
  queryFn: () => data(GET("/staff/second-factor")),
});

export const act = {
  begin: (password: string) => data(POST("/session/second-factor", { body: { password } })),
  confirm: (code: string) => data(POST("/session/second-factor/confirm", { body: { code } })),
  newCodes: (password: string) => data(POST("/session/second-factor/codes", { body: { password } })),
  remove: (body: { password: string; code: string }) => data(POST("/session/second-factor/remove", { body })),
  require: (required: boolean) => data(PUT("/staff/second-factor", { body: { required } })),
};
