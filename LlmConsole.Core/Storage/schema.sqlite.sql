CREATE TABLE "__EFMigrationsLock" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY,
    "Timestamp" TEXT NOT NULL
);
CREATE TABLE "__EFMigrationsHistory" (
    "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
    "ProductVersion" TEXT NOT NULL
);
CREATE TABLE "audit_entries" (
    "id" TEXT NOT NULL CONSTRAINT "pk_audit_entries" PRIMARY KEY,
    "at" INTEGER NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_name" TEXT NOT NULL,
    "address" TEXT NULL,
    "action" TEXT NOT NULL,
    "object_kind" TEXT NOT NULL,
    "object_id" TEXT NOT NULL,
    "object_name" TEXT NOT NULL,
    "before" TEXT NULL,
    "after" TEXT NULL
);
CREATE TABLE "configuration_revision" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_configuration_revision" PRIMARY KEY,
    "value" INTEGER NOT NULL
);
CREATE TABLE "idempotency_keys" (
    "tenant_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "payload_hash" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "lease_until" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "answer" BLOB NULL,
    CONSTRAINT "pk_idempotency_keys" PRIMARY KEY ("tenant_id", "key")
);
CREATE TABLE "models" (
    "id" TEXT NOT NULL CONSTRAINT "pk_models" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "targets" TEXT NOT NULL,
    "fallbacks" TEXT NOT NULL,
    "timeouts" TEXT NOT NULL,
    "prices" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL
, "resilience" TEXT NOT NULL DEFAULT ('{}'));
CREATE TABLE "providers" (
    "id" TEXT NOT NULL CONSTRAINT "pk_providers" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "base_url" TEXT NULL,
    "protected_api_key" TEXT NULL,
    "api_key_last_four" TEXT NULL,
    "created_at" INTEGER NOT NULL
);
CREATE TABLE "tiers" (
    "id" TEXT NOT NULL CONSTRAINT "pk_tiers" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "requests_per_minute" INTEGER NULL,
    "tokens_per_minute" INTEGER NULL,
    "concurrency" INTEGER NULL,
    "max_output_tokens" INTEGER NULL,
    "max_prompt_tokens" INTEGER NULL,
    "quotas" TEXT NOT NULL,
    "models" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL
, "cache" TEXT NOT NULL DEFAULT ('{}'), "timeouts" TEXT NULL);
CREATE TABLE "usage_records" (
    "sequence" INTEGER NOT NULL CONSTRAINT "pk_usage_records" PRIMARY KEY AUTOINCREMENT,
    "request_id" TEXT NOT NULL,
    "started_at" INTEGER NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NULL,
    "user_id" TEXT NULL,
    "task" TEXT NULL,
    "model_asked" TEXT NOT NULL,
    "model_served" TEXT NULL,
    "provider_id" TEXT NULL,
    "provider_model" TEXT NULL,
    "attempts" INTEGER NOT NULL,
    "stream" INTEGER NOT NULL,
    "cache" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "error_code" TEXT NULL,
    "finish_reason" TEXT NULL,
    "input_tokens" INTEGER NOT NULL,
    "cached_input_tokens" INTEGER NOT NULL,
    "cache_write_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "reasoning_tokens" INTEGER NOT NULL,
    "usage_source" TEXT NOT NULL,
    "flags" INTEGER NOT NULL,
    "price_version" INTEGER NULL,
    "cost" INTEGER NOT NULL,
    "saved_cost" INTEGER NOT NULL,
    "first_token_ms" REAL NULL,
    "duration_ms" REAL NOT NULL, "attempt_log" TEXT NULL, "cache_similarity" REAL NULL, "cached_from" TEXT NULL, "embedding_cost" INTEGER NOT NULL DEFAULT 0, "embedding_tokens" INTEGER NOT NULL DEFAULT 0, "saved_tokens" INTEGER NOT NULL DEFAULT 0, "wasted_cost" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "ck_usage_records_cost" CHECK (cost >= 0 AND saved_cost >= 0),
    CONSTRAINT "ck_usage_records_status" CHECK (status >= 100 AND status <= 599 AND attempts >= 0),
    CONSTRAINT "ck_usage_records_tokens" CHECK (input_tokens >= 0 AND cached_input_tokens >= 0 AND cache_write_tokens >= 0 AND output_tokens >= 0 AND reasoning_tokens >= 0 AND reasoning_tokens <= output_tokens)
);
CREATE TABLE "usage_rollups" (
    "hour" INTEGER NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "calls" INTEGER NOT NULL,
    "answered" INTEGER NOT NULL,
    "refused" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "incomplete" INTEGER NOT NULL,
    "abandoned" INTEGER NOT NULL,
    "input_tokens" INTEGER NOT NULL,
    "cached_input_tokens" INTEGER NOT NULL,
    "cache_write_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "reasoning_tokens" INTEGER NOT NULL,
    "cost_nanos" INTEGER NOT NULL,
    "saved_cost_nanos" INTEGER NOT NULL,
    "unpriced" INTEGER NOT NULL,
    "duration_micros" INTEGER NOT NULL,
    "first_token_micros" INTEGER NOT NULL,
    "first_tokens" INTEGER NOT NULL, "cache_hits" INTEGER NOT NULL DEFAULT 0, "cache_lookups" INTEGER NOT NULL DEFAULT 0, "embedding_cost_nanos" INTEGER NOT NULL DEFAULT 0, "embedding_tokens" INTEGER NOT NULL DEFAULT 0, "saved_tokens" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "pk_usage_rollups" PRIMARY KEY ("tenant_id", "hour", "key_id", "user_id", "model", "task"),
    CONSTRAINT "ck_usage_rollups_sums" CHECK (calls = answered + refused + failed + incomplete + abandoned AND cost_nanos >= 0 AND saved_cost_nanos >= 0)
);
CREATE TABLE "tenants" (
    "id" TEXT NOT NULL CONSTRAINT "pk_tenants" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "tier_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT NULL,
    "overrides" TEXT NOT NULL,
    "quotas" TEXT NULL,
    "created_at" INTEGER NOT NULL, "bodies" TEXT NULL, "cache" TEXT NULL,
    CONSTRAINT "FK_tenants_tiers_tier_id" FOREIGN KEY ("tier_id") REFERENCES "tiers" ("id") ON DELETE RESTRICT
);
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL CONSTRAINT "pk_api_keys" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "tenant_id" TEXT NULL,
    "hash" BLOB NOT NULL,
    "last_four" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "expires_at" INTEGER NULL,
    "revoked_at" INTEGER NULL,
    "models" TEXT NOT NULL,
    "limits" TEXT NOT NULL,
    "quotas" TEXT NOT NULL,
    "ip_allow" TEXT NOT NULL,
    CONSTRAINT "FK_api_keys_tenants_tenant_id" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE
);
CREATE TABLE "user_limits" (
    "id" TEXT NOT NULL CONSTRAINT "pk_user_limits" PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "limits" TEXT NOT NULL,
    "quotas" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "FK_user_limits_tenants_tenant_id" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE
);
CREATE TABLE "users" (
    "id" TEXT NOT NULL CONSTRAINT "pk_users" PRIMARY KEY,
    "role" TEXT NOT NULL,
    "tenant_id" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    "user_name" TEXT NULL,
    "normalized_user_name" TEXT NULL,
    "email" TEXT NULL,
    "normalized_email" TEXT NULL,
    "email_confirmed" INTEGER NOT NULL,
    "password_hash" TEXT NULL,
    "security_stamp" TEXT NULL,
    "concurrency_stamp" TEXT NULL,
    "phone_number" TEXT NULL,
    "phone_number_confirmed" INTEGER NOT NULL,
    "two_factor_enabled" INTEGER NOT NULL,
    "lockout_end" INTEGER NULL,
    "lockout_enabled" INTEGER NOT NULL,
    "access_failed_count" INTEGER NOT NULL,
    CONSTRAINT "FK_users_tenants_tenant_id" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE SET NULL
);
CREATE TABLE "conversations" (
    "id" TEXT NOT NULL CONSTRAINT "pk_conversations" PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL, "deleted_at" INTEGER NULL, "leaf_id" TEXT NULL, "pinned_at" INTEGER NULL,
    CONSTRAINT "FK_conversations_users_user_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE TABLE "user_claims" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_user_claims" PRIMARY KEY AUTOINCREMENT,
    "user_id" TEXT NULL,
    "claim_type" TEXT NULL,
    "claim_value" TEXT NULL,
    CONSTRAINT "FK_user_claims_users_user_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE TABLE "user_logins" (
    "login_provider" TEXT NOT NULL,
    "provider_key" TEXT NOT NULL,
    "provider_display_name" TEXT NULL,
    "user_id" TEXT NULL,
    CONSTRAINT "pk_user_logins" PRIMARY KEY ("login_provider", "provider_key"),
    CONSTRAINT "FK_user_logins_users_user_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE TABLE "user_tokens" (
    "user_id" TEXT NOT NULL,
    "login_provider" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NULL,
    CONSTRAINT "pk_user_tokens" PRIMARY KEY ("user_id", "login_provider", "name"),
    CONSTRAINT "FK_user_tokens_users_user_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE TABLE "messages" (
    "id" TEXT NOT NULL CONSTRAINT "pk_messages" PRIMARY KEY,
    "conversation_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "request_id" TEXT NULL,
    "error" TEXT NULL,
    "created_at" INTEGER NOT NULL, "parent_id" TEXT NULL,
    CONSTRAINT "FK_messages_conversations_conversation_id" FOREIGN KEY ("conversation_id") REFERENCES "conversations" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "ix_api_keys_hash" ON "api_keys" ("hash");
CREATE INDEX "ix_api_keys_tenant_id" ON "api_keys" ("tenant_id");
CREATE INDEX "ix_audit_entries_object_kind_object_id" ON "audit_entries" ("object_kind", "object_id");
CREATE INDEX "ix_conversations_user_id_updated_at" ON "conversations" ("user_id", "updated_at");
CREATE INDEX "ix_idempotency_keys_expires_at" ON "idempotency_keys" ("expires_at");
CREATE INDEX "ix_idempotency_keys_request_id" ON "idempotency_keys" ("request_id");
CREATE INDEX "ix_messages_conversation_id" ON "messages" ("conversation_id");
CREATE INDEX "ix_tenants_tier_id" ON "tenants" ("tier_id");
CREATE INDEX "ix_usage_records_key_id_started_at" ON "usage_records" ("key_id", "started_at");
CREATE UNIQUE INDEX "ix_usage_records_request_id" ON "usage_records" ("request_id");
CREATE INDEX "ix_usage_records_started_at" ON "usage_records" ("started_at");
CREATE INDEX "ix_usage_records_tenant_id_started_at" ON "usage_records" ("tenant_id", "started_at");
CREATE INDEX "ix_usage_rollups_hour" ON "usage_rollups" ("hour");
CREATE INDEX "ix_user_claims_user_id" ON "user_claims" ("user_id");
CREATE UNIQUE INDEX "ix_user_limits_tenant_id_user_id" ON "user_limits" ("tenant_id", "user_id");
CREATE INDEX "ix_user_logins_user_id" ON "user_logins" ("user_id");
CREATE UNIQUE INDEX "ix_users_normalized_email" ON "users" ("normalized_email");
CREATE UNIQUE INDEX "ix_users_normalized_user_name" ON "users" ("normalized_user_name");
CREATE INDEX "ix_users_tenant_id" ON "users" ("tenant_id");
CREATE TABLE "alert_lease" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_alert_lease" PRIMARY KEY,
    "holder" TEXT NOT NULL,
    "until" INTEGER NOT NULL
);
CREATE TABLE "alert_readers" (
    "user_id" TEXT NOT NULL CONSTRAINT "pk_alert_readers" PRIMARY KEY,
    "seen_at" INTEGER NOT NULL
);
CREATE TABLE "alert_rules" (
    "id" TEXT NOT NULL CONSTRAINT "pk_alert_rules" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "tenant_id" TEXT NULL,
    "threshold" REAL NOT NULL,
    "enabled" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL, "webhooks" TEXT NOT NULL DEFAULT ('[]'),
    CONSTRAINT "FK_alert_rules_tenants_tenant_id" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE
);
CREATE TABLE "alerts" (
    "id" TEXT NOT NULL CONSTRAINT "pk_alerts" PRIMARY KEY,
    "rule_id" TEXT NOT NULL,
    "rule_name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "tenant_id" TEXT NULL,
    "sentence" TEXT NOT NULL,
    "open_key" TEXT NULL,
    "fired_at" INTEGER NOT NULL,
    "last_seen_at" INTEGER NOT NULL,
    "resolved_at" INTEGER NULL
, "webhooks" TEXT NOT NULL DEFAULT ('[]'));
CREATE TABLE "cache_generations" (
    "id" TEXT NOT NULL CONSTRAINT "pk_cache_generations" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "purged_at" INTEGER NOT NULL
);
CREATE TABLE "cache_pairs" (
    "id" TEXT NOT NULL CONSTRAINT "pk_cache_pairs" PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "request_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "embedder" TEXT NOT NULL,
    "prompt" TEXT NOT NULL,
    "near_prompt" TEXT NOT NULL,
    "similarity" REAL NOT NULL,
    "veto" TEXT NULL,
    "answer" TEXT NOT NULL,
    "near_answer" TEXT NOT NULL,
    "answer_similarity" REAL NOT NULL,
    "cost" INTEGER NOT NULL,
    "is_right" INTEGER NULL
);
CREATE TABLE "cache_secret" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_cache_secret" PRIMARY KEY,
    "protected_secret" TEXT NOT NULL
);
CREATE TABLE "duties" (
    "name" TEXT NOT NULL CONSTRAINT "pk_duties" PRIMARY KEY,
    "not_before" INTEGER NOT NULL
);
CREATE TABLE "jobs" (
    "id" TEXT NOT NULL CONSTRAINT "pk_jobs" PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NULL,
    "user_id" TEXT NULL,
    "type" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "pipeline" TEXT NULL,
    "task" TEXT NULL,
    "spend_limit_nanos" INTEGER NULL,
    "spent_nanos" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "succeeded" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "estimate" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    "started_at" INTEGER NULL,
    "ended_at" INTEGER NULL,
    "claimed_at" INTEGER NULL,
    "done_at_claim" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "not_before" INTEGER NOT NULL,
    "error_code" TEXT NULL,
    "error" TEXT NULL,
    "fence" INTEGER NOT NULL,
    "lease_until" INTEGER NOT NULL,
    "last_order" INTEGER NOT NULL,
    "webhook_id" TEXT NULL,
    "steps" INTEGER NOT NULL,
    "idempotency_key" TEXT NULL,
    "payload_hash" TEXT NULL,
    CONSTRAINT "ck_jobs_counts" CHECK (succeeded >= 0 AND failed >= 0 AND succeeded + failed <= total AND spent_nanos >= 0)
);
CREATE TABLE "kept_bodies" (
    "request_id" TEXT NOT NULL CONSTRAINT "pk_kept_bodies" PRIMARY KEY,
    "tenant_id" TEXT NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "request" BLOB NOT NULL,
    "response" BLOB NOT NULL,
    "request_bytes" INTEGER NOT NULL,
    "response_bytes" INTEGER NOT NULL
);
CREATE TABLE "key_ring" (
    "name" TEXT NOT NULL CONSTRAINT "pk_key_ring" PRIMARY KEY,
    "content" TEXT NOT NULL
);
CREATE TABLE "saved_views" (
    "id" TEXT NOT NULL CONSTRAINT "pk_saved_views" PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "FK_saved_views_users_user_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE TABLE "usage_latency" (
    "hour" INTEGER NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "metric" INTEGER NOT NULL,
    "bucket" INTEGER NOT NULL,
    "calls" INTEGER NOT NULL,
    CONSTRAINT "pk_usage_latency" PRIMARY KEY ("hour", "tenant_id", "model", "metric", "bucket"),
    CONSTRAINT "ck_usage_latency_calls" CHECK (calls >= 0 AND bucket >= 0)
);
CREATE TABLE "webhook_deliveries" (
    "id" TEXT NOT NULL CONSTRAINT "pk_webhook_deliveries" PRIMARY KEY,
    "message_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "tenant_id" TEXT NULL,
    "event_type" TEXT NOT NULL,
    "subject_id" TEXT NULL,
    "body" BLOB NOT NULL,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "attempts" INTEGER NOT NULL,
    "next_at" INTEGER NOT NULL,
    "lease_until" INTEGER NOT NULL,
    "fence" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "ended_at" INTEGER NULL,
    "last_status" INTEGER NULL,
    "last_error" TEXT NULL,
    "last_at" INTEGER NULL
);
CREATE TABLE "webhook_endpoints" (
    "id" TEXT NOT NULL CONSTRAINT "pk_webhook_endpoints" PRIMARY KEY,
    "tenant_id" TEXT NULL,
    "url" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "events" TEXT NOT NULL,
    "protected_secret" TEXT NOT NULL,
    "protected_previous_secret" TEXT NULL,
    "previous_secret_until" INTEGER NULL,
    "disabled_at" INTEGER NULL,
    "disabled_reason" TEXT NULL,
    "enabled_at" INTEGER NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "FK_webhook_endpoints_tenants_tenant_id" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE
);
CREATE TABLE "alert_dismissals" (
    "user_id" TEXT NOT NULL,
    "alert_id" TEXT NOT NULL,
    CONSTRAINT "pk_alert_dismissals" PRIMARY KEY ("user_id", "alert_id"),
    CONSTRAINT "FK_alert_dismissals_alerts_alert_id" FOREIGN KEY ("alert_id") REFERENCES "alerts" ("id") ON DELETE CASCADE
);
CREATE TABLE "job_items" (
    "job_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "parent" INTEGER NULL,
    "custom_id" TEXT NOT NULL,
    "body" BLOB NOT NULL,
    "state" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "result" BLOB NULL,
    "error_code" TEXT NULL,
    "error" TEXT NULL,
    "cost_nanos" INTEGER NOT NULL,
    "ended_at" INTEGER NULL,
    "end_order" INTEGER NULL,
    CONSTRAINT "pk_job_items" PRIMARY KEY ("job_id", "index"),
    CONSTRAINT "FK_job_items_jobs_job_id" FOREIGN KEY ("job_id") REFERENCES "jobs" ("id") ON DELETE CASCADE
);
CREATE TABLE "webhook_attempts" (
    "delivery_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "at" INTEGER NOT NULL,
    "duration_ms" REAL NOT NULL,
    "request_headers" TEXT NOT NULL,
    "status" INTEGER NULL,
    "response_headers" TEXT NOT NULL,
    "response_start" TEXT NULL,
    "error" TEXT NULL,
    CONSTRAINT "pk_webhook_attempts" PRIMARY KEY ("delivery_id", "number"),
    CONSTRAINT "FK_webhook_attempts_webhook_deliveries_delivery_id" FOREIGN KEY ("delivery_id") REFERENCES "webhook_deliveries" ("id") ON DELETE CASCADE
);
CREATE INDEX "ix_conversations_deleted_at" ON "conversations" ("deleted_at");
CREATE INDEX "ix_alert_dismissals_alert_id" ON "alert_dismissals" ("alert_id");
CREATE INDEX "ix_alert_rules_tenant_id" ON "alert_rules" ("tenant_id");
CREATE INDEX "ix_alerts_fired_at" ON "alerts" ("fired_at");
CREATE UNIQUE INDEX "ix_alerts_open_key" ON "alerts" ("open_key");
CREATE INDEX "ix_cache_pairs_at" ON "cache_pairs" ("at");
CREATE INDEX "ix_cache_pairs_tenant_id_at" ON "cache_pairs" ("tenant_id", "at");
CREATE INDEX "ix_job_items_job_id_end_order" ON "job_items" ("job_id", "end_order");
CREATE INDEX "ix_job_items_job_id_parent_custom_id" ON "job_items" ("job_id", "parent", "custom_id");
CREATE INDEX "ix_job_items_job_id_state_index" ON "job_items" ("job_id", "state", "index");
CREATE INDEX "ix_jobs_state_id" ON "jobs" ("state", "id");
CREATE INDEX "ix_jobs_state_not_before" ON "jobs" ("state", "not_before");
CREATE INDEX "ix_jobs_tenant_id_id" ON "jobs" ("tenant_id", "id");
CREATE UNIQUE INDEX "ix_jobs_tenant_id_idempotency_key" ON "jobs" ("tenant_id", "idempotency_key");
CREATE INDEX "ix_jobs_tenant_id_state_id" ON "jobs" ("tenant_id", "state", "id");
CREATE INDEX "ix_kept_bodies_expires_at" ON "kept_bodies" ("expires_at");
CREATE INDEX "ix_kept_bodies_tenant_id" ON "kept_bodies" ("tenant_id");
CREATE UNIQUE INDEX "ix_saved_views_user_id_path_name" ON "saved_views" ("user_id", "path", "name");
CREATE INDEX "ix_webhook_deliveries_endpoint_id_id" ON "webhook_deliveries" ("endpoint_id", "id");
CREATE INDEX "ix_webhook_deliveries_state_next_at" ON "webhook_deliveries" ("state", "next_at");
CREATE INDEX "ix_webhook_deliveries_subject_id" ON "webhook_deliveries" ("subject_id");
CREATE INDEX "ix_webhook_endpoints_tenant_id" ON "webhook_endpoints" ("tenant_id");
CREATE INDEX "ix_alerts_resolved_at" ON "alerts" ("resolved_at");
CREATE TABLE "configuration_edits" (
    "revision" INTEGER NOT NULL CONSTRAINT "pk_configuration_edits" PRIMARY KEY,
    "id" TEXT NOT NULL,
    "objects" TEXT NULL
);
INSERT INTO "__EFMigrationsHistory" VALUES ('20261123162126_Initial', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261123192954_SecondRelease', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261128000044_ThirdRelease', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261128122228_FourthRelease', '10.0.15');
INSERT INTO "configuration_revision" VALUES (1, 0);
INSERT INTO "alert_lease" VALUES (1, '', 0);
