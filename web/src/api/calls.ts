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
  SegmentAsked,
  Shop,
  StaffScope,
} from "./types.ts";

/** Every question the interface asks. The only place that knows the addresses of the API. */

const HOUR = 3_600_000;
/** How often a page whose people come and go looks again. */
const SOON = 2_000;
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

export const staff = queryOptions({ queryKey: ["staff"], queryFn: () => data(GET("/staff")) });
export const staffRules = queryOptions({
  queryKey: ["staff-rules"],
  queryFn: () => data(GET("/staff/rules")),
});
export const roles = queryOptions({ queryKey: ["roles"], queryFn: () => data(GET("/roles")) });
export const permissions = queryOptions({
  queryKey: ["permissions"],
  queryFn: () => data(GET("/permissions")),
  staleTime: HOUR,
});
export const invitation = (token: string) =>
  queryOptions({
    queryKey: ["invitation", token],
    queryFn: () => data(GET("/invitations/{token}", { params: { path: { token } } })),
    retry: false,
  });
export const possibleManagers = queryOptions({
  queryKey: ["managers"],
  queryFn: () => data(GET("/customers/managers")),
});

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
  segment?: string;
  borders?: RfmQuery["borders"];
  window?: string;
}) =>
  queryOptions({
    queryKey: [...live, "rfm-transitions", query],
    queryFn: () => data(GET("/rfm/transitions", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const rfMap = (query: { as_of?: string; segment?: string }) =>
  queryOptions({
    queryKey: [...live, "rf-map", query],
    queryFn: () => data(GET("/rf-map", { params: { query } })),
  });

export const lifeCycle = (query: { from?: string; to?: string; segment?: string }) =>
  queryOptions({
    queryKey: [...live, "life-cycle", query],
    queryFn: () => data(GET("/life-cycle", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const pareto = (query: { from?: string; to?: string; segment?: string }) =>
  queryOptions({
    queryKey: [...live, "pareto", query],
    queryFn: () => data(GET("/pareto", { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const segments = queryOptions({
  queryKey: [...live, "segments"],
  queryFn: () => data(GET("/segments")),
  refetchInterval: SOON,
});
export const readySegments = queryOptions({
  queryKey: [...live, "ready-segments"],
  queryFn: () => data(GET("/segments/ready")),
});
export const segmentVocabulary = queryOptions({
  queryKey: [...live, "segment-vocabulary"],
  queryFn: () => data(GET("/segments/catalogue")),
});
/** Who is in a segment or out of it by hand. */
export const segmentPeople = (id: string) =>
  queryOptions({
    queryKey: [...live, "segment-people", id],
    queryFn: () => data(GET("/segments/{id}/people", { params: { path: { id } } })),
  });
/** Names of a list too long for the vocabulary: by what is typed, or the one of a code. */
export const segmentNames = (query: { list: string; typed?: string; code?: string }, enabled = true) =>
  queryOptions({
    queryKey: ["segment-names", query],
    queryFn: () => data(GET("/segments/names", { params: { query } })),
    placeholderData: keepPreviousData,
    enabled,
  });
/** Segments side by side; `segment` names them, comma between. */
export const segmentCompare = (query: Scope) =>
  queryOptions({
    queryKey: [...live, "segment-compare", query],
    queryFn: () => data(GET("/segments/compare", { params: { query } })),
    enabled: Boolean(query.segment),
    placeholderData: keepPreviousData,
  });
export const segmentTrend = (segment: string) =>
  queryOptions({
    queryKey: [...live, "segment-trend", segment],
    queryFn: () => data(GET("/segments/trend", { params: { query: { segment } } })),
  });
export const segment = (id: string) =>
  queryOptions({
    queryKey: [...live, "segment", id],
    queryFn: () => data(GET("/segments/{id}", { params: { path: { id } } })),
    refetchInterval: SOON,
  });
export const segmentMembers = (id: string, query: { sort?: string; order?: string; columns?: string }) =>
  queryOptions({
    queryKey: [...live, "segment-members", id, query],
    queryFn: () =>
      data(GET("/segments/{id}/members", { params: { path: { id }, query: { ...query, limit: 25 } } })),
    refetchInterval: SOON,
    placeholderData: keepPreviousData,
  });
export const segmentHistory = (id: string) =>
  queryOptions({
    queryKey: [...live, "segment-history", id],
    queryFn: () => data(GET("/segments/{id}/history", { params: { path: { id } } })),
    refetchInterval: SOON,
  });
/** Counts a definition that need not be saved; a wrong one is answered with its places. */
export const segmentCount = (body: { text: string } | { definition: unknown }) =>
  queryOptions({
    queryKey: [...live, "segment-count", body],
    queryFn: () => data(POST("/segments/count", { body: body as never })),
  });
export const segmentCompletions = (text: string, cursor: number, language: string, enabled: boolean) =>
  queryOptions({
    queryKey: ["segment-completions", text, cursor, language],
    queryFn: () => data(POST("/segments/complete", { body: { text, cursor, language } })),
    enabled,
  });
export const segmentOfList = (body: Record<string, unknown>) =>
  queryOptions({
    queryKey: [...live, "segment-of-list", body],
    queryFn: () => data(POST("/segments/from-list", { body: body as never })),
  });
export const segmentWhy = (customer: string, asked: SegmentAsked) =>
  queryOptions({
    queryKey: [...live, "segment-why", customer, asked],
    queryFn: () => data(POST("/segments/explain", { body: { customer, ...asked } as never })),
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

export const companies = (search: string, archived: boolean) =>
  queryOptions({
    queryKey: [...live, "companies", search, archived],
    queryFn: () =>
      data(GET("/companies", { params: { query: { ...(search ? { search } : {}), archived } } })),
  });
export const company = (id: string) =>
  queryOptions({
    queryKey: [...live, "company", id],
    queryFn: () => data(GET("/companies/{id}", { params: { path: { id } } })),
  });
export const circle = (id: string) =>
  queryOptions({
    queryKey: [...live, "circle", id],
    queryFn: () => data(GET("/customers/{id}/circle", { params: { path: { id } } })),
  });

export const bulkEdits = queryOptions({
  queryKey: ["bulk-edits"],
  queryFn: () => data(GET("/bulk-edits")),
});
const GOING = new Set(["running", "undoing"]);
export const bulkEditState = (id: string) =>
  queryOptions({
    queryKey: ["bulk-edits", id],
    queryFn: () => data(GET("/bulk-edits/{id}", { params: { path: { id } } })),
    refetchInterval: (query) => (GOING.has(query.state.data?.state ?? "") ? 500 : false),
  });

export const timelineKey = (id: string, kinds: string[]) => [...live, "timeline", id, kinds] as const;
export const timeline = (id: string, kinds: string[], cursor?: string) =>
  data(
    GET("/customers/{id}/timeline", {
      params: {
        path: { id },
        query: { ...(kinds.length ? { kind: kinds.join(",") } : {}), ...(cursor ? { cursor } : {}) },
      },
    }),
  );

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
  addList: (body: { name: string; customers?: string[]; segment?: string }) =>
    data(POST("/segments/lists", { body: body as Schemas["ListIn"] })),
  changeSegmentPeople: (id: string, body: Schemas["SegmentPeopleIn"]) =>
    data(POST("/segments/{id}/people", { ...byId(id), body })),
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
  /** Under a key the same change is begun once, however often it is sent. */
  bulkEdit: (customers: Schemas["BulkWhomIn"], change: Schemas["BulkChangeIn"], key?: string) =>
    data(
      POST("/bulk-edits", {
        params: key ? { header: { "Idempotency-Key": key } } : {},
        body: { customers, change, dry_run: !key },
      }),
    ),
  undoBulkEdit: (id: string) => data(POST("/bulk-edits/{id}/undo", byId(id))),
  resumeBulkEdit: (id: string) => data(POST("/bulk-edits/{id}/resume", byId(id))),
  /** One with this ИНН that is there already comes back, and the people join it. */
  addCompany: async (body: Schemas["CompanyIn"]) => {
    const answer = await POST("/companies", { body });
    return { company: await data(Promise.resolve(answer)), known: answer.response.status === 200 };
  },
  changeCompany: (id: string, body: Schemas["CompanyPatchIn"]) =>
    data(PATCH("/companies/{id}", { ...byId(id), body })),
  putCompanyPerson: (id: string, customer: string, role: string) =>
    data(PUT("/companies/{id}/people/{customer}", { params: { path: { id, customer } }, body: { role } })),
  dropCompanyPerson: (id: string, customer: string) =>
    data(DELETE("/companies/{id}/people/{customer}", { params: { path: { id, customer } } })),
  putHousehold: (id: string, other: string, role: string) =>
    data(PUT("/customers/{id}/household/{other}", { params: { path: { id, other } }, body: { role } })),
  dropHousehold: (id: string, other: string) =>
    data(DELETE("/customers/{id}/household/{other}", { params: { path: { id, other } } })),
  addNote: (id: string, body: Schemas["NoteIn"]) =>
    data(POST("/customers/{id}/notes", { ...byId(id), body })),
  changeNote: (id: string, note: string, body: Schemas["NoteIn"]) =>
    data(PUT("/customers/{id}/notes/{note}", { params: { path: { id, note } }, body })),
  removeNote: (id: string, note: string) =>
    data(DELETE("/customers/{id}/notes/{note}", { params: { path: { id, note } } })),
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
  addKey: (body: Schemas["ApiKeyIn"]) => data(POST("/api-keys", { body })),
  changeKey: (id: string, body: Schemas["ApiKeyIn"]) => data(PATCH("/api-keys/{id}", { ...byId(id), body })),
  rotateKey: (id: string, grace_hours: number) =>
    data(POST("/api-keys/{id}/rotate", { ...byId(id), body: { grace_hours } })),
  invite: (body: { name: string; role: string; scope: StaffScope }) =>
    data(POST("/staff/invitations", { body })),
  withdrawInvitation: (id: string) => data(DELETE("/staff/invitations/{id}", byId(id))),
  acceptInvitation: (token: string, body: { name: string; login: string; password: string }) =>
    data(POST("/invitations/{token}", { params: { path: { token } }, body })),
  changeStaff: (id: string, body: { name?: string; role?: string; scope?: StaffScope; blocked?: boolean }) =>
    data(PATCH("/staff/{id}", { ...byId(id), body })),
  resetCodeOf: (id: string) => data(DELETE("/staff/{id}/second-factor", byId(id))),
  verifyContact: (id: string, body: Schemas["VerifyIn"]) =>
    data(POST("/customers/{id}/verify-contact", { ...byId(id), body })),
  endSessionsOf: (id: string) => data(DELETE("/staff/{id}/sessions", byId(id))),
  setStaffRules: (body: { reveals_a_day: number }) => data(PUT("/staff/rules", { body })),
  addRole: (body: { name: string; permissions: string[] }) => data(POST("/roles", { body })),
  putRole: (code: string, body: { name: string; permissions: string[] }) =>
    data(PUT("/roles/{code}", { params: { path: { code } }, body })),
  dropRole: (code: string) => data(DELETE("/roles/{code}", { params: { path: { code } } })),
  reveal: (id: string) => data(POST("/customers/{id}/reveal", byId(id))),
  setManagers: (body: { customers: string[]; manager: string | null }) =>
    data(POST("/customers/managers", { body })),
  dropKey: (id: string) => data(DELETE("/api-keys/{id}", byId(id))),
  previewImport: (id: string, body: PreviewChange) =>
    data(POST("/imports/{id}/preview", { ...byId(id), body })) as Promise<Import>,
  runImport: (id: string, body: RunOrder) =>
    data(POST("/imports/{id}/run", { ...byId(id), body })) as Promise<Import>,
  cancelImport: (id: string) => data(POST("/imports/{id}/cancel", byId(id))) as Promise<Import>,
  resumeImport: (id: string) => data(POST("/imports/{id}/resume", byId(id))) as Promise<Import>,
  demo: () => data(POST("/demo", { body: {} })),
  addSegment: (body: { name: string; text?: string; definition?: unknown }) =>
    data(POST("/segments", { body: body as never })),
  changeSegment: (
    id: string,
    body: { name?: string; text?: string; definition?: unknown; archived?: boolean },
  ) => data(PATCH("/segments/{id}", { ...byId(id), body: body as never })),
  describeCell: (cell: string, body: { name: Label; strategy: Label }) =>
    data(PUT("/rfm/cells/{cell}", { params: { path: { cell } }, body })),
  freezeBorders: (body: Cuts) => data(PUT("/rfm/borders", { body })),
};
