import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { DELETE, data, GET, PATCH, POST, PUT } from "./client.ts";
import type {
  CustomerCard,
  CustomerProfile,
  CustomersQuery,
  Cuts,
  FirstRun,
  Import,
  ImportField,
  Label,
  MetricSpec,
  PreviewChange,
  Rfm,
  RfmQuery,
  RunOrder,
  Schemas,
  Scope,
  Shop,
} from "./types.ts";

/** Every question the interface asks. The only place that knows the addresses of the API. */

const HOUR = 3_600_000;
/** Numbers computed from purchases; thrown away when the base's version moves. */
const live = ["live"] as const;
export const LIVE = live;

export const session = queryOptions({
  queryKey: ["session"],
  queryFn: () => data(GET("/session")),
  retry: false,
  refetchInterval: 20_000,
});

export const firstRun = (token: string) =>
  queryOptions({
    queryKey: ["first-run", token],
    queryFn: () => data(GET("/first-run/{token}", { params: { path: { token } } })),
    retry: false,
  });

export const stores = queryOptions({ queryKey: ["stores"], queryFn: () => data(GET("/stores")) });
export const channels = queryOptions({ queryKey: ["channels"], queryFn: () => data(GET("/channels")) });
export const productsKey = (search: string) => ["products", search] as const;
export const products = (search: string, cursor?: string) =>
  data(GET("/products", { params: { query: { search, ...(cursor ? { cursor } : {}) } } }));
export const sessions = queryOptions({ queryKey: ["sessions"], queryFn: () => data(GET("/sessions")) });
export const apiKeys = queryOptions({ queryKey: ["api-keys"], queryFn: () => data(GET("/api-keys")) });

export const metricCatalogue = queryOptions({
  queryKey: ["metric-catalogue"],
  queryFn: () => data(GET("/metrics/catalogue")) as Promise<{ items: MetricSpec[] }>,
  staleTime: HOUR,
});

export const factCatalogue = queryOptions({
  queryKey: ["fact-catalogue"],
  queryFn: () => data(GET("/facts/catalogue")),
  staleTime: HOUR,
});

export const customFields = queryOptions({
  queryKey: ["custom-fields"],
  queryFn: () => data(GET("/custom-fields")),
});

export const knownWords = (of: "tags" | "likes") =>
  queryOptions({
    queryKey: [...live, "words", of],
    queryFn: () => data(GET("/words", { params: { query: { of } } })),
  });

export const importFields = queryOptions({
  queryKey: ["import-fields"],
  queryFn: () => data(GET("/import-fields")) as Promise<{ items: ImportField[] }>,
  staleTime: HOUR,
});

export const metrics = (query: Scope) =>
  queryOptions({
    queryKey: [...live, "metrics", query],
    queryFn: () => data(GET("/metrics", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const series = (keys: string[], by: "month" | "week", scope: Scope) =>
  queryOptions({
    queryKey: [...live, "series", keys, by, scope],
    queryFn: () =>
      data(GET("/metrics/series", { params: { query: { ...scope, keys: keys.join(","), by } } })),
    enabled: keys.length > 0,
    placeholderData: keepPreviousData,
  });

export const metricsBy = (keys: string[], by: "store" | "channel" | "cell", scope: Scope) =>
  queryOptions({
    queryKey: [...live, "by", keys, by, scope],
    queryFn: () => data(GET("/metrics/by", { params: { query: { ...scope, keys: keys.join(","), by } } })),
    enabled: keys.length > 0,
  });

export const metricRows = (key: string, scope: Scope, cursor?: string) =>
  data(
    GET("/metrics/{key}/rows", {
      params: { path: { key }, query: { ...scope, limit: 50, ...(cursor ? { cursor } : {}) } },
    }),
  );

export const cohorts = (query: Omit<Scope, "cell">) =>
  queryOptions({
    queryKey: [...live, "cohorts", query],
    queryFn: () => data(GET("/cohorts", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const rfm = (query: RfmQuery) =>
  queryOptions({
    queryKey: [...live, "rfm", query],
    queryFn: () => data(GET("/rfm", { params: { query } })) as Promise<Rfm>,
    placeholderData: keepPreviousData,
  });

export const rfmBorders = queryOptions({
  queryKey: [...live, "rfm-borders"],
  queryFn: () => data(GET("/rfm/borders")),
});

export const rfmTransitions = (query: {
  from: string;
  to: string;
  borders?: RfmQuery["borders"];
  window?: string;
}) =>
  queryOptions({
    queryKey: [...live, "rfm-transitions", query],
    queryFn: () => data(GET("/rfm/transitions", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const rfMap = (query: { as_of?: string }) =>
  queryOptions({
    queryKey: [...live, "rf-map", query],
    queryFn: () => data(GET("/rf-map", { params: { query } })),
  });

export const lifeCycle = (query: { from?: string; to?: string }) =>
  queryOptions({
    queryKey: [...live, "life-cycle", query],
    queryFn: () => data(GET("/life-cycle", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const pareto = (query: { from?: string; to?: string }) =>
  queryOptions({
    queryKey: [...live, "pareto", query],
    queryFn: () => data(GET("/pareto", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const customersKey = (query: CustomersQuery) => [...live, "customers", query] as const;
export const customers = (query: CustomersQuery) => data(GET("/customers", { params: { query } }));

export const customer = (id: string) =>
  queryOptions({
    queryKey: [...live, "customer", id],
    queryFn: () => data(GET("/customers/{id}", { params: { path: { id } } })),
  });

export const mergePreview = (id: string, other: string) =>
  queryOptions({
    queryKey: [...live, "merge", id, other],
    queryFn: () =>
      data(POST("/customers/{id}/merge", { params: { path: { id } }, body: { other, dry_run: true } })),
    placeholderData: keepPreviousData,
  });

export const customerPurchasesKey = (id: string) => [...live, "customer-purchases", id] as const;
export const customerPurchases = (id: string, cursor?: string) =>
  data(GET("/customers/{id}/purchases", { params: { path: { id }, query: cursor ? { cursor } : {} } }));

export const purchase = (id: string) =>
  queryOptions({
    queryKey: [...live, "purchase", id],
    queryFn: () => data(GET("/purchases/{id}", { params: { path: { id } } })),
  });

export const search = (q: string) =>
  queryOptions({
    queryKey: [...live, "search", q],
    queryFn: () => data(GET("/search", { params: { query: { q } } })),
    enabled: q.trim().length >= 2,
    placeholderData: keepPreviousData,
  });

export const imports = queryOptions({
  queryKey: ["imports"],
  queryFn: () => data(GET("/imports")) as Promise<{ items: Import[] }>,
});

const MOVING = new Set(["checking", "importing", "uploaded"]);
export const importOne = (id: string) =>
  queryOptions({
    queryKey: ["imports", id],
    queryFn: () => data(GET("/imports/{id}", { params: { path: { id } } })) as Promise<Import>,
    // A moving import is watched closely; a finished one is left in peace.
    refetchInterval: (query) => (MOVING.has(query.state.data?.state ?? "") ? 700 : false),
  });

export const duplicates = (sort: "score" | "money") =>
  queryOptions({
    queryKey: [...live, "duplicates", sort],
    queryFn: () => data(GET("/duplicates", { params: { query: { sort, limit: 50 } } })),
    placeholderData: keepPreviousData,
    // The first search of a large base takes a minute.
    refetchInterval: (query) => (query.state.data?.state === "searching" ? 3_000 : false),
  });
export const duplicateCount = queryOptions({
  queryKey: [...live, "duplicates", "count"],
  queryFn: () => data(GET("/duplicates", { params: { query: { limit: 0 } } })),
  staleTime: 30_000,
  retry: false,
});
export const customerHistory = (id: string) =>
  queryOptions({
    queryKey: [...live, "history", id],
    queryFn: () => data(GET("/customers/{id}/history", { params: { path: { id } } })),
  });
export const contactKinds = queryOptions({
  queryKey: ["contact-kinds"],
  queryFn: () => data(GET("/contact-kinds")),
  staleTime: HOUR,
});
export const blockedContacts = queryOptions({
  queryKey: ["blocked-contacts"],
  queryFn: () => data(GET("/blocked-contacts")),
});

const byId = (id: string) => ({ params: { path: { id } } });

export const act = {
  signIn: (body: { login: string; password: string; code?: string }) => data(POST("/session", { body })),
  signOut: () => data(DELETE("/session")),
  endSession: (id: string) => data(DELETE("/sessions/{id}", byId(id))),
  endOtherSessions: () => data(DELETE("/sessions")),
  firstRun: (token: string, body: FirstRun) =>
    data(POST("/first-run/{token}", { params: { path: { token } }, body })),
  changePassword: (body: { old_password: string; password: string }) =>
    data(PUT("/session/password", { body })),
  /** One who is known by a contact already is not made again: his card comes back, enriched. */
  addCustomer: async (profile: CustomerProfile) => {
    const answer = await POST("/customers", { body: profile as Schemas["CustomerPatchIn"] });
    const card = (await data(Promise.resolve(answer))) as CustomerCard;
    return { card, known: answer.response.status === 200 };
  },
  changeCustomer: (id: string, profile: CustomerProfile) =>
    data(
      PATCH("/customers/{id}", { ...byId(id), body: profile as Schemas["CustomerPatchIn"] }),
    ) as Promise<CustomerCard>,
  addField: (body: Schemas["CustomFieldIn"]) => data(POST("/custom-fields", { body })),
  changeField: (id: string, body: Schemas["CustomFieldPatchIn"]) =>
    data(PATCH("/custom-fields/{id}", { ...byId(id), body })),
  merge: (id: string, other: string) =>
    data(POST("/customers/{id}/merge", { ...byId(id), body: { other, dry_run: false } })),
  restoreValue: (id: string, fact: string) =>
    data(POST("/customers/{id}/history/{fact}/restore", { params: { path: { id, fact } } })),
  decideDuplicate: (body: { one: string; other: string; decision: string }) =>
    data(POST("/duplicates/decide", { body })),
  undoDuplicate: (decision: string) => data(POST("/duplicates/undo", { body: { decision } })),
  blockContact: (body: { kind: string; value: string }) => data(POST("/blocked-contacts", { body })),
  unblockContact: (id: string) => data(DELETE("/blocked-contacts/{id}", byId(id))),
  unmerge: (id: string, other: string) =>
    data(POST("/customers/{id}/unmerge", { ...byId(id), body: { other } })),
  patchShop: (body: Partial<Shop>) => data(PATCH("/shop", { body })),
  addStore: (body: { name: string; code: string }) => data(POST("/stores", { body })),
  changeStore: (id: string, body: { name: string; code: string }) =>
    data(PATCH("/stores/{id}", { ...byId(id), body })),
  addChannel: (body: { name: string; code: string }) => data(POST("/channels", { body })),
  addKey: (name: string) => data(POST("/api-keys", { body: { name } })),
  dropKey: (id: string) => data(DELETE("/api-keys/{id}", byId(id))),
  previewImport: (id: string, body: PreviewChange) =>
    data(POST("/imports/{id}/preview", { ...byId(id), body })) as Promise<Import>,
  runImport: (id: string, body: RunOrder) =>
    data(POST("/imports/{id}/run", { ...byId(id), body })) as Promise<Import>,
  cancelImport: (id: string) => data(POST("/imports/{id}/cancel", byId(id))) as Promise<Import>,
  resumeImport: (id: string) => data(POST("/imports/{id}/resume", byId(id))) as Promise<Import>,
  demo: () => data(POST("/demo", { body: {} })),
  describeCell: (cell: string, body: { name: Label; strategy: Label }) =>
    data(PUT("/rfm/cells/{cell}", { params: { path: { cell } }, body })),
  freezeBorders: (body: Cuts) => data(PUT("/rfm/borders", { body })),
};
