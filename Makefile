# Two commands a newcomer needs: `make run` and `make test`. Everything else is for those who build.

DATA ?= ./data
CARGO ?= cargo

.PHONY: run test dev gen lint web web-deps bench soak demo-files

## run: set up, build and start Vernis on an embedded database under $(DATA); DEMO=1 fills the demo shop
run: web
	$(CARGO) build --release --locked -p vernis-cli
	./target/release/vernis --data $(DATA) serve $(if $(DEMO),--demo)

## test: every test on both databases, the web interface's and the browser's
test:
	.ci/test

## dev: the server (debug) with the interface rebuilt on change, at the address it prints
dev: web-deps
	cd web && npx vite build --watch & \
	trap "kill $$!" EXIT; $(CARGO) run -p vernis-cli -- --data $(DATA) serve

## gen: write every generated file again (OpenAPI, TypeScript types, reference)
gen:
	VERNIS_GEN=1 $(CARGO) test --locked -p vernis-server --test server -- generated
	cd web && npm run gen

## lint: format and lints, as CI asks
lint:
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	cd web && npm run check

web: web-deps
	cd web && npm run build

web-deps: web/node_modules/.package-lock.json

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci
	@touch $@

## bench: kernels, imports and HTTP against their peers; writes docs/performance.md's tables (an hour)
bench:
	benches/run 1000000 --big
	benches/import
	benches/http

## soak: the full-length fault runs; writes docs/reliability.md
soak:
	benches/soak
