PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE "__EFMigrationsHistory" (
    "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
    "ProductVersion" TEXT NOT NULL
);
INSERT INTO "__EFMigrationsHistory" VALUES('20261123162126_Initial','10.0.15');
CREATE TABLE "__EFMigrationsLock" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY,
    "Timestamp" TEXT NOT NULL
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
INSERT INTO "api_keys" VALUES('key_01m84prmzvevr8qszf72ddtgjb','Bootstrap','Admin',NULL,X'1A704D400C7C69A8F08A2FC7B141AED3690527C852CCD7B6676EEEC1A1645ABB','AEXA',1795454424059,NULL,NULL,'[]','{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null}','[]','[]');
INSERT INTO "api_keys" VALUES('key_01m84prp3ye3r978bgyy14bf63','production','Live','ten_01m84prp0efqbb7bpeby1bmfdx',X'B9722C66B7188FFB850923DE0213A3B9D1AB7991920F5554DB6B98C7190CA11C','rhpA',1795454425214,NULL,NULL,'[]','{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null}','[]','[]');
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
INSERT INTO "audit_entries" VALUES('aud_01m84prmdtedrshrgkhp2dzaa9',1795454423482,'system','system','LlmConsole',NULL,'create','provider','prv_01m84prm7cf329vhgpn2djfcxx','Simulator',NULL,'{"id":"prv_01m84prm7cf329vhgpn2djfcxx","name":"Simulator","kind":"simulator","baseUrl":null,"apiKeyLastFour":null,"createdAt":"2026-11-23T17:20:23.2760473+00:00"}');
INSERT INTO "audit_entries" VALUES('aud_01m84prmg3es5stfnbysbx9cs3',1795454423555,'system','system','LlmConsole',NULL,'create','tier','tier_01m84prm7dfwgt21qmyspzkz1z','Default',NULL,'{"id":"tier_01m84prm7dfwgt21qmyspzkz1z","name":"Default","requestsPerMinute":600,"tokensPerMinute":null,"concurrency":50,"maxOutputTokens":8192,"maxPromptTokens":null,"quotas":[],"models":["*"],"createdAt":"2026-11-23T17:20:23.2760473+00:00"}');
INSERT INTO "audit_entries" VALUES('aud_01m84prmj6e2xbdxbqmxq8xkxz',1795454423622,'system','system','LlmConsole',NULL,'create','tenant','ten_01m84prm7dehrs8qzx0eaz0qn5','Default',NULL,'{"id":"ten_01m84prm7dehrs8qzx0eaz0qn5","name":"Default","tierId":"tier_01m84prm7dfwgt21qmyspzkz1z","status":"active","statusReason":null,"overrides":{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null},"quotas":null,"createdAt":"2026-11-23T17:20:23.2760473+00:00"}');
INSERT INTO "audit_entries" VALUES('aud_01m84prmk0f6kbm6dr302zytw3',1795454423648,'system','system','LlmConsole',NULL,'create','model','mod_01m84prm7eejsvsj5374fca3rk','simulator/echo',NULL,'{"id":"mod_01m84prm7eejsvsj5374fca3rk","name":"simulator/echo","targets":[{"providerId":"prv_01m84prm7cf329vhgpn2djfcxx","model":"echo","weight":1}],"fallbacks":[],"timeouts":{"firstTokenSeconds":60,"idleSeconds":60,"totalSeconds":600},"prices":[{"version":1,"effectiveFrom":"2026-11-23T17:20:23.2760473+00:00","inputPerMillion":0.1,"cachedInputPerMillion":null,"outputPerMillion":0.4}],"createdAt":"2026-11-23T17:20:23.2760473+00:00","isPattern":false}');
INSERT INTO "audit_entries" VALUES('aud_01m84prmkefpkst8ws9s2py5n3',1795454423662,'system','system','LlmConsole',NULL,'create','model','mod_01m84prm7effwv4s4sb4qpcsnp','simulator/*',NULL,'{"id":"mod_01m84prm7effwv4s4sb4qpcsnp","name":"simulator/*","targets":[{"providerId":"prv_01m84prm7cf329vhgpn2djfcxx","model":"*","weight":1}],"fallbacks":[],"timeouts":{"firstTokenSeconds":60,"idleSeconds":60,"totalSeconds":600},"prices":[{"version":1,"effectiveFrom":"2026-11-23T17:20:23.2760473+00:00","inputPerMillion":0.1,"cachedInputPerMillion":null,"outputPerMillion":0.4}],"createdAt":"2026-11-23T17:20:23.2760473+00:00","isPattern":true}');
INSERT INTO "audit_entries" VALUES('aud_01m84prmkefvptp50n7ktybzd0',1795454423662,'system','system','LlmConsole',NULL,'create','model','mod_01m84prm7ee1p9a4vm68wjbghr','simulator/lorem-200-300-20',NULL,'{"id":"mod_01m84prm7ee1p9a4vm68wjbghr","name":"simulator/lorem-200-300-20","targets":[{"providerId":"prv_01m84prm7cf329vhgpn2djfcxx","model":"lorem-200-300-20","weight":1}],"fallbacks":[],"timeouts":{"firstTokenSeconds":60,"idleSeconds":60,"totalSeconds":600},"prices":[{"version":1,"effectiveFrom":"2026-11-23T17:20:23.2760473+00:00","inputPerMillion":0.1,"cachedInputPerMillion":null,"outputPerMillion":0.4}],"createdAt":"2026-11-23T17:20:23.2760473+00:00","isPattern":false}');
INSERT INTO "audit_entries" VALUES('aud_01m84prmyzedtrwm3bt6g792td',1795454424031,'system','system','LlmConsole',NULL,'create','user','usr_01m84prmtnfw2r5jzagxkrkrtp','owner@example.com',NULL,'{"id":"usr_01m84prmtnfw2r5jzagxkrkrtp","email":"owner@example.com","role":"owner","tenantId":"ten_01m84prm7dehrs8qzx0eaz0qn5","disabled":false,"createdAt":"2026-11-23T17:20:23.893552+00:00"}');
INSERT INTO "audit_entries" VALUES('aud_01m84prn0pfnbb1kgsbhkp5p9c',1795454424087,'system','system','LlmConsole',NULL,'create','key','key_01m84prmzvevr8qszf72ddtgjb','Bootstrap',NULL,'{"id":"key_01m84prmzvevr8qszf72ddtgjb","name":"Bootstrap","kind":"admin","tenantId":null,"lastFour":"AEXA","createdAt":"2026-11-23T17:20:24.0598371+00:00","expiresAt":null,"revokedAt":null,"models":[],"limits":{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null},"quotas":[],"ipAllow":[],"masked":"llmc_admin_\u2026AEXA"}');
INSERT INTO "audit_entries" VALUES('aud_01m84prnzaf3q813p6a9v6n34h',1795454425066,'key','key_01m84prmzvevr8qszf72ddtgjb','Bootstrap','127.0.0.1','create','tier','tier_01m84prnz1ebasfgn1t02g4axp','Standard',NULL,'{"id":"tier_01m84prnz1ebasfgn1t02g4axp","name":"Standard","requestsPerMinute":600,"tokensPerMinute":1000000,"concurrency":20,"maxOutputTokens":2000,"maxPromptTokens":null,"quotas":[{"unit":"usd","period":"month","limit":50000000000,"timeZone":"UTC","hard":true},{"unit":"requests","period":"day","limit":10000,"timeZone":"UTC","hard":true}],"models":["*"],"createdAt":"2026-11-23T17:20:25.057528+00:00"}');
INSERT INTO "audit_entries" VALUES('aud_01m84prp0hf2ptmejcavfm0grw',1795454425105,'key','key_01m84prmzvevr8qszf72ddtgjb','Bootstrap','127.0.0.1','create','tenant','ten_01m84prp0efqbb7bpeby1bmfdx','Acme',NULL,'{"id":"ten_01m84prp0efqbb7bpeby1bmfdx","name":"Acme","tierId":"tier_01m84prnz1ebasfgn1t02g4axp","status":"active","statusReason":null,"overrides":{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null},"quotas":null,"createdAt":"2026-11-23T17:20:25.1023221+00:00"}');
INSERT INTO "audit_entries" VALUES('aud_01m84prp1ve3d833zahdww3d6c',1795454425147,'key','key_01m84prmzvevr8qszf72ddtgjb','Bootstrap','127.0.0.1','create','provider','prv_01m84prp1cetasrgaddarjbanx','backup',NULL,'{"id":"prv_01m84prp1cetasrgaddarjbanx","name":"backup","kind":"openai-compatible","baseUrl":"http://127.0.0.1:9/v1","apiKeyLastFour":null,"createdAt":"2026-11-23T17:20:25.1328641+00:00"}');
INSERT INTO "audit_entries" VALUES('aud_01m84prp2xfgcs897g0xsfw295',1795454425181,'key','key_01m84prmzvevr8qszf72ddtgjb','Bootstrap','127.0.0.1','create','model','mod_01m84prp2rfebsgmadnm07rda1','small',NULL,'{"id":"mod_01m84prp2rfebsgmadnm07rda1","name":"small","targets":[{"providerId":"prv_01m84prm7cf329vhgpn2djfcxx","model":"echo","weight":2},{"providerId":"prv_01m84prp1cetasrgaddarjbanx","model":"other","weight":1}],"fallbacks":[],"timeouts":{"firstTokenSeconds":60,"idleSeconds":60,"totalSeconds":600},"prices":[{"version":1,"effectiveFrom":"2026-11-23T17:20:25.1768564+00:00","inputPerMillion":0.15,"cachedInputPerMillion":0.075,"outputPerMillion":0.6}],"createdAt":"2026-11-23T17:20:25.1766654+00:00","isPattern":false}');
INSERT INTO "audit_entries" VALUES('aud_01m84prp43e85sbyhywdqzpfbe',1795454425219,'key','key_01m84prmzvevr8qszf72ddtgjb','Bootstrap','127.0.0.1','create','key','key_01m84prp3ye3r978bgyy14bf63','production',NULL,'{"id":"key_01m84prp3ye3r978bgyy14bf63","name":"production","kind":"live","tenantId":"ten_01m84prp0efqbb7bpeby1bmfdx","lastFour":"rhpA","createdAt":"2026-11-23T17:20:25.2147313+00:00","expiresAt":null,"revokedAt":null,"models":[],"limits":{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null},"quotas":[],"ipAllow":[],"masked":"llmc_live_\u2026rhpA"}');
CREATE TABLE "configuration_revision" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_configuration_revision" PRIMARY KEY,
    "value" INTEGER NOT NULL
);
INSERT INTO "configuration_revision" VALUES(1,7);
CREATE TABLE "conversations" (
    "id" TEXT NOT NULL CONSTRAINT "pk_conversations" PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "updated_at" INTEGER NOT NULL,
    CONSTRAINT "FK_conversations_users_user_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
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
INSERT INTO "idempotency_keys" VALUES('ten_01m84prp0efqbb7bpeby1bmfdx','one','8069998249c41b8a1d1b202b519c5476e6391124881662b452641e8975bd5d73','req_01m84prpcbeyzrr0q8430prnjf','Answered',1795454485487,1795540825487,X'0105736D616C6C0953696D756C61746F72064279706173730200000000018C0A0000000000000000140100007B226964223A2263686174636D706C5F30316D3834707270637665723176333874386361313037347136222C226F626A656374223A22636861742E636F6D706C6574696F6E222C2263726561746564223A313739353435343432352C226D6F64656C223A226563686F222C2263686F69636573223A5B7B22696E646578223A302C226D657373616765223A7B22726F6C65223A22617373697374616E74222C22636F6E74656E74223A225361792068656C6C6F227D2C2266696E6973685F726561736F6E223A2273746F70227D5D2C227573616765223A7B2270726F6D70745F746F6B656E73223A31302C22636F6D706C6574696F6E5F746F6B656E73223A322C22746F74616C5F746F6B656E73223A31327D7D');
CREATE TABLE "messages" (
    "id" TEXT NOT NULL CONSTRAINT "pk_messages" PRIMARY KEY,
    "conversation_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "request_id" TEXT NULL,
    "error" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "FK_messages_conversations_conversation_id" FOREIGN KEY ("conversation_id") REFERENCES "conversations" ("id") ON DELETE CASCADE
);
CREATE TABLE "models" (
    "id" TEXT NOT NULL CONSTRAINT "pk_models" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "targets" TEXT NOT NULL,
    "fallbacks" TEXT NOT NULL,
    "timeouts" TEXT NOT NULL,
    "prices" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL
);
INSERT INTO "models" VALUES('mod_01m84prm7ee1p9a4vm68wjbghr','simulator/lorem-200-300-20','[{"providerId":"prv_01m84prm7cf329vhgpn2djfcxx","model":"lorem-200-300-20","weight":1}]','[]','{"firstTokenSeconds":60,"idleSeconds":60,"totalSeconds":600}','[{"version":1,"effectiveFrom":"2026-11-23T17:20:23.2760473+00:00","inputPerMillion":0.1,"cachedInputPerMillion":null,"outputPerMillion":0.4}]',1795454423276);
INSERT INTO "models" VALUES('mod_01m84prm7eejsvsj5374fca3rk','simulator/echo','[{"providerId":"prv_01m84prm7cf329vhgpn2djfcxx","model":"echo","weight":1}]','[]','{"firstTokenSeconds":60,"idleSeconds":60,"totalSeconds":600}','[{"version":1,"effectiveFrom":"2026-11-23T17:20:23.2760473+00:00","inputPerMillion":0.1,"cachedInputPerMillion":null,"outputPerMillion":0.4}]',1795454423276);
INSERT INTO "models" VALUES('mod_01m84prm7effwv4s4sb4qpcsnp','simulator/*','[{"providerId":"prv_01m84prm7cf329vhgpn2djfcxx","model":"*","weight":1}]','[]','{"firstTokenSeconds":60,"idleSeconds":60,"totalSeconds":600}','[{"version":1,"effectiveFrom":"2026-11-23T17:20:23.2760473+00:00","inputPerMillion":0.1,"cachedInputPerMillion":null,"outputPerMillion":0.4}]',1795454423276);
INSERT INTO "models" VALUES('mod_01m84prp2rfebsgmadnm07rda1','small','[{"providerId":"prv_01m84prm7cf329vhgpn2djfcxx","model":"echo","weight":2},{"providerId":"prv_01m84prp1cetasrgaddarjbanx","model":"other","weight":1}]','[]','{"firstTokenSeconds":60,"idleSeconds":60,"totalSeconds":600}','[{"version":1,"effectiveFrom":"2026-11-23T17:20:25.1768564+00:00","inputPerMillion":0.15,"cachedInputPerMillion":0.075,"outputPerMillion":0.6}]',1795454425176);
CREATE TABLE "providers" (
    "id" TEXT NOT NULL CONSTRAINT "pk_providers" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "base_url" TEXT NULL,
    "protected_api_key" TEXT NULL,
    "api_key_last_four" TEXT NULL,
    "created_at" INTEGER NOT NULL
);
INSERT INTO "providers" VALUES('prv_01m84prm7cf329vhgpn2djfcxx','Simulator','Simulator',NULL,NULL,NULL,1795454423276);
INSERT INTO "providers" VALUES('prv_01m84prp1cetasrgaddarjbanx','backup','OpenAICompatible','http://127.0.0.1:9/v1','CfDJ8BihDgzhqfdBqHdgVF0_7StBIFR1PFvb7vYJ08_FjR90dGbP6gMLYFAGHzu2FdEY15SPr9aUWe8rjjXKwFK6fDNtrLm4nEAqvX32C7KdWUrbrhJQI7eSERXkYL6PgpwLLw',NULL,1795454425132);
CREATE TABLE "tenants" (
    "id" TEXT NOT NULL CONSTRAINT "pk_tenants" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "tier_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT NULL,
    "overrides" TEXT NOT NULL,
    "quotas" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "FK_tenants_tiers_tier_id" FOREIGN KEY ("tier_id") REFERENCES "tiers" ("id") ON DELETE RESTRICT
);
INSERT INTO "tenants" VALUES('ten_01m84prm7dehrs8qzx0eaz0qn5','Default','tier_01m84prm7dfwgt21qmyspzkz1z','Active',NULL,'{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null}',NULL,1795454423276);
INSERT INTO "tenants" VALUES('ten_01m84prp0efqbb7bpeby1bmfdx','Acme','tier_01m84prnz1ebasfgn1t02g4axp','Active',NULL,'{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null}',NULL,1795454425102);
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
);
INSERT INTO "tiers" VALUES('tier_01m84prm7dfwgt21qmyspzkz1z','Default',600,NULL,50,8192,NULL,'[]','["*"]',1795454423276);
INSERT INTO "tiers" VALUES('tier_01m84prnz1ebasfgn1t02g4axp','Standard',600,1000000,20,2000,NULL,'[{"unit":2,"period":4,"limit":50000000000,"timeZone":"UTC","hard":true},{"unit":0,"period":2,"limit":10000,"timeZone":"UTC","hard":true}]','["*"]',1795454425057);
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
    "duration_ms" REAL NOT NULL,
    CONSTRAINT "ck_usage_records_cost" CHECK (cost >= 0 AND saved_cost >= 0),
    CONSTRAINT "ck_usage_records_status" CHECK (status >= 100 AND status <= 599 AND attempts >= 0),
    CONSTRAINT "ck_usage_records_tokens" CHECK (input_tokens >= 0 AND cached_input_tokens >= 0 AND cache_write_tokens >= 0 AND output_tokens >= 0 AND reasoning_tokens >= 0 AND reasoning_tokens <= output_tokens)
);
INSERT INTO "usage_records" VALUES(1,'req_01m84prp57fwkr7rhnrhbjvxe6',1795454425266,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63',NULL,'nightly','small','small','prv_01m84prm7cf329vhgpn2djfcxx','echo',1,1,'Bypass','Answered',200,NULL,'stop',10,0,0,2,0,'Provider',0,1,2700,0,76.027,82.2844);
INSERT INTO "usage_records" VALUES(2,'req_01m84prp9hfe1syd6jq57ffaf0',1795454425393,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63',NULL,'nightly','small','small','prv_01m84prm7cf329vhgpn2djfcxx','echo',2,1,'Bypass','Answered',200,NULL,'stop',10,0,0,2,0,'Provider',0,1,2700,0,29.5116,37.2782);
INSERT INTO "usage_records" VALUES(3,'req_01m84prpb3eh5v9dqwveg6bvy5',1795454425443,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63',NULL,'nightly','small','small','prv_01m84prm7cf329vhgpn2djfcxx','echo',1,1,'Bypass','Answered',200,NULL,'stop',10,0,0,2,0,'Provider',0,1,2700,0,1.114,10.0163);
INSERT INTO "usage_records" VALUES(4,'req_01m84prpbtfw6san6y40mjcjjz',1795454425466,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63',NULL,'nightly','small','small','prv_01m84prm7cf329vhgpn2djfcxx','echo',1,1,'Bypass','Answered',200,NULL,'stop',10,0,0,2,0,'Provider',0,1,2700,0,0.7339,6.3196);
INSERT INTO "usage_records" VALUES(5,'req_01m84prpcbeyzrr0q8430prnjf',1795454425483,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63',NULL,NULL,'small','small','prv_01m84prm7cf329vhgpn2djfcxx','echo',2,0,'Bypass','Answered',200,NULL,'stop',10,0,0,2,0,'Provider',0,1,2700,0,30.5144,30.6229);
INSERT INTO "usage_records" VALUES(6,'req_01m84prpe8epzvzw3c08smvdyc',1795454425544,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63',NULL,NULL,'absent',NULL,NULL,NULL,0,0,'Bypass','Refused',404,'model_not_found',NULL,0,0,0,0,0,'None',0,NULL,0,0,NULL,1.0436);
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
    "first_tokens" INTEGER NOT NULL,
    CONSTRAINT "pk_usage_rollups" PRIMARY KEY ("tenant_id", "hour", "key_id", "user_id", "model", "task"),
    CONSTRAINT "ck_usage_rollups_sums" CHECK (calls = answered + refused + failed + incomplete + abandoned AND cost_nanos >= 0 AND saved_cost_nanos >= 0)
);
INSERT INTO "usage_rollups" VALUES(1795453200000,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63','','small','nightly',4,4,0,0,0,0,40,0,0,8,0,10800,0,0,135898,107387,4);
INSERT INTO "usage_rollups" VALUES(1795453200000,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63','','small','',1,1,0,0,0,0,10,0,0,2,0,2700,0,0,30623,30514,1);
INSERT INTO "usage_rollups" VALUES(1795453200000,'ten_01m84prp0efqbb7bpeby1bmfdx','key_01m84prp3ye3r978bgyy14bf63','','absent','',1,0,1,0,0,0,0,0,0,0,0,0,0,0,1044,0,0);
CREATE TABLE "user_claims" (
    "id" INTEGER NOT NULL CONSTRAINT "pk_user_claims" PRIMARY KEY AUTOINCREMENT,
    "user_id" TEXT NULL,
    "claim_type" TEXT NULL,
    "claim_value" TEXT NULL,
    CONSTRAINT "FK_user_claims_users_user_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
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
INSERT INTO "users" VALUES('usr_01m84prmtnfw2r5jzagxkrkrtp','Owner','ten_01m84prm7dehrs8qzx0eaz0qn5',1795454423893,'owner@example.com','OWNER@EXAMPLE.COM','owner@example.com','OWNER@EXAMPLE.COM',0,'AQAAAAIAAYagAAAAENNl2hs3HAkXaco9ujZ2bADpX4S4THN1n03XeKZ3FljnOOV9nAJBzhEsC/c1aTKIcQ==','X2AYSULR7AMYUPJLKOYI4IJ57YRHTJXU','45f9ef64-7b3a-4f57-918d-e7eb7147201b',NULL,0,0,NULL,1,0);
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('usage_records',6);
COMMIT;
