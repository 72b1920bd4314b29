-- Facts about this state folder and what the running service last said of itself.
CREATE TABLE facts (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- Link files that were accepted, by the identity that they had then.
CREATE TABLE inbox_files (
  id       INTEGER PRIMARY KEY,
  path     BLOB    NOT NULL,               -- relative to the inbox, as bytes: names need not be text
  inode    INTEGER NOT NULL,
  size     INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  sha256   TEXT    NOT NULL,
  label    TEXT    NOT NULL,
  state    TEXT    NOT NULL CHECK (state IN ('accepting', 'accepted', 'moved', 'closed')),
  result   TEXT    NOT NULL,               -- the text of its result file
  accepted_at REAL NOT NULL
);
CREATE INDEX inbox_files_open ON inbox_files (state) WHERE state <> 'closed';
CREATE INDEX inbox_files_identity ON inbox_files (path, inode, size, mtime_ns);

-- What came of the lines of a link file that is accepted piece by piece, until all of it is.
CREATE TABLE inbox_told (
  id         INTEGER PRIMARY KEY,
  inbox_file INTEGER NOT NULL REFERENCES inbox_files (id),
  told       TEXT    NOT NULL              -- JSON: number, text and outcome in words of each line
);
CREATE INDEX inbox_told_of_file ON inbox_told (inbox_file);

-- Files that other programs put somewhere, by who they were when they were looked at; names need not be text.
CREATE TABLE adopted (
  id       INTEGER PRIMARY KEY,
  root     BLOB    NOT NULL,               -- the adopted folder's real path
  folder   BLOB    NOT NULL,               -- below it
  name     BLOB    NOT NULL,
  inode    INTEGER NOT NULL,
  size     INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  beside   TEXT    NOT NULL,               -- JSON: the files that tell of it, and who they were
  key      TEXT    NOT NULL DEFAULT '',    -- of its job; '' = it belongs to another file
  job      INTEGER,
  leaves   INTEGER NOT NULL DEFAULT 0,     -- it is to be taken away there once it is delivered
  at       REAL    NOT NULL
);
CREATE UNIQUE INDEX adopted_place ON adopted (root, folder, name);
CREATE INDEX adopted_key ON adopted (key) WHERE key <> '';
CREATE INDEX adopted_leaves ON adopted (job) WHERE leaves;

-- One wish of a person: a line of a link file, or what a command was given.
CREATE TABLE entries (
  id         INTEGER PRIMARY KEY,
  inbox_file INTEGER REFERENCES inbox_files (id),
  line       INTEGER NOT NULL DEFAULT 0,
  text       TEXT    NOT NULL,
  origin     TEXT    NOT NULL,             -- model.Origin as JSON
  options    TEXT    NOT NULL DEFAULT '{}',-- one-off options
  into_path  TEXT    NOT NULL DEFAULT '',  -- import folder of this wish alone
  again      INTEGER NOT NULL DEFAULT 0,   -- known things are fetched again
  state      TEXT    NOT NULL CHECK (state IN ('open', 'settled')),
  outcome    TEXT    NOT NULL DEFAULT '',
  why        TEXT    NOT NULL DEFAULT '',
  accepted_at REAL   NOT NULL
);
CREATE INDEX entries_of_file ON entries (inbox_file, state) WHERE inbox_file IS NOT NULL;
CREATE INDEX entries_open ON entries (state) WHERE state = 'open';

-- What commands have paused: `all`, `follows`, `files`, `site NAME`; a follow's own pause is in its row.
CREATE TABLE flags (
  what  TEXT PRIMARY KEY,
  until REAL,                              -- NULL = until it is resumed
  at    REAL NOT NULL
) WITHOUT ROWID;

-- Queries and watchers. `id` never changes; `identity` is that of its site and first URLs, not its name.
CREATE TABLE follows (
  id         TEXT PRIMARY KEY,
  identity   TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('query', 'watcher', 'catalogue')),
  site       TEXT NOT NULL,
  name       TEXT NOT NULL,                -- the subscription's name, the watcher's title
  query      TEXT NOT NULL,
  urls       TEXT NOT NULL,                -- JSON list: where a check begins
  source     TEXT NOT NULL CHECK (source IN ('config', 'store', 'catalogue')),
  settings   TEXT NOT NULL,                -- JSON: timing, limits and options last in force
  paused     TEXT NOT NULL DEFAULT '',     -- '', 'config', or why it cannot run
  command_pause REAL,                      -- paused by a command until then; 0 = until it is resumed
  status     TEXT NOT NULL,                -- alive, dead, 404, archived
  next_check REAL NOT NULL,
  last_check REAL NOT NULL DEFAULT 0,
  synced     INTEGER NOT NULL DEFAULT 0,   -- one complete check is recorded
  faults     INTEGER NOT NULL DEFAULT 0,   -- checks that failed one after another
  yielded    INTEGER NOT NULL DEFAULT 0,   -- a check has found posts before
  shallow    INTEGER NOT NULL DEFAULT 0,   -- checks since the last one that looked further down
  dying      INTEGER NOT NULL DEFAULT 0,   -- the thread's page says that it will be gone before long
  carries    TEXT NOT NULL DEFAULT '',     -- JSON: tags that all it finds carried when it carried its words; '' = not learnt
  accepted   INTEGER NOT NULL DEFAULT 0,   -- a person said that what it shows is right, whatever it carries
  why        TEXT NOT NULL DEFAULT '',
  walk       INTEGER,                      -- the walk of the check that runs now
  retired_at REAL,
  created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX follows_due ON follows (next_check)
  WHERE walk IS NULL AND paused = '' AND command_pause IS NULL AND status = 'alive' AND retired_at IS NULL;
CREATE INDEX follows_dying ON follows (next_check)
  WHERE dying AND walk IS NULL AND paused = '' AND command_pause IS NULL AND status = 'alive' AND retired_at IS NULL;
CREATE UNIQUE INDEX follows_identity ON follows (identity);
CREATE INDEX follows_resting ON follows (command_pause) WHERE command_pause > 0;

-- What a follow's checks found, for its velocity.
CREATE TABLE follow_files (
  follow  TEXT NOT NULL,
  key     TEXT NOT NULL,
  time    INTEGER,                         -- the site's own time, where it tells
  created INTEGER NOT NULL,
  PRIMARY KEY (follow, key)
) WITHOUT ROWID;

-- Threads that a catalogue shows, by the identity that their watcher has or would have.
CREATE TABLE catalogue_threads (
  catalogue TEXT NOT NULL,                 -- follows.id
  key       TEXT NOT NULL,
  url       TEXT NOT NULL,
  title     TEXT NOT NULL,
  outcome   TEXT NOT NULL,                 -- watched, ended, had, removed, waits, unwanted, refused
  why       TEXT NOT NULL,
  begun     INTEGER NOT NULL,              -- it was watched for this catalogue once
  seen_at   REAL NOT NULL,
  PRIMARY KEY (catalogue, key)
) WITHOUT ROWID;
CREATE INDEX catalogue_threads_key ON catalogue_threads (key);

-- Ranges that a check could not look at, by its limit.
CREATE TABLE gaps (
  id      INTEGER PRIMARY KEY,
  follow  TEXT NOT NULL,
  newest  TEXT NOT NULL,
  oldest  TEXT NOT NULL,
  why     TEXT NOT NULL,
  state   TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'filling', 'filled', 'ignored')),
  found_at REAL NOT NULL,
  not_before REAL NOT NULL DEFAULT 0,      -- not tried again by itself before that
  tries    INTEGER NOT NULL DEFAULT 0      -- walks that could not fill it, since a person last asked for it
);
CREATE INDEX gaps_open ON gaps (follow) WHERE state IN ('open', 'filling');

CREATE TABLE walks (
  id         INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('check', 'catalogue', 'gap', 'gallery', 'refetch')),
  follow     TEXT,
  entry      INTEGER,
  site       TEXT NOT NULL,
  origin     TEXT NOT NULL,                -- model.Origin as JSON
  state      TEXT NOT NULL CHECK (state IN ('walking', 'done')),
  cursor     TEXT NOT NULL,                -- follow.walk's state as JSON
  pages      INTEGER NOT NULL DEFAULT 0,
  found      INTEGER NOT NULL DEFAULT 0,
  new        INTEGER NOT NULL DEFAULT 0,
  why        TEXT NOT NULL DEFAULT '',
  into_path  TEXT NOT NULL DEFAULT '',
  options    TEXT NOT NULL DEFAULT '{}',
  again      INTEGER NOT NULL DEFAULT 0,
  search     TEXT    NOT NULL DEFAULT '',  -- of a gallery download: the identity that a query for the same would have; of a refetch: what it is of
  complete   INTEGER NOT NULL DEFAULT 0,   -- it ended without a fault: what it met is all, from the top down
  search_paused INTEGER NOT NULL DEFAULT 0,-- by a person: its pages wait
  files_paused  INTEGER NOT NULL DEFAULT 0,-- by a person: its posts and files wait
  started_at REAL NOT NULL,
  ended_at   REAL
);
CREATE INDEX walks_search ON walks (search) WHERE complete;
CREATE INDEX walks_gallery ON walks (id) WHERE kind IN ('gallery', 'refetch');
CREATE INDEX walks_refetch ON walks (id) WHERE kind = 'refetch' AND state = 'walking';
CREATE INDEX walks_paused ON walks (id) WHERE (search_paused OR files_paused);
CREATE INDEX walks_entry ON walks (entry) WHERE entry IS NOT NULL;
CREATE INDEX walks_open ON walks (state) WHERE state = 'walking';

-- Finds of a walk by their place in the listing, until they are queued.
CREATE TABLE finds (
  walk     INTEGER NOT NULL,
  position INTEGER NOT NULL,
  key      TEXT    NOT NULL,
  post     TEXT    NOT NULL,               -- model.Post as JSON
  PRIMARY KEY (walk, position)
) WITHOUT ROWID;

-- What a refetch is to read, by its place, until it is queued.
CREATE TABLE refetch_items (
  walk       INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  site       TEXT    NOT NULL,
  url        TEXT    NOT NULL,             -- of the page; '' = none is read, its file is fetched from where it was
  posts      TEXT    NOT NULL,             -- JSON list: keys of the posts that were chosen there
  deliveries TEXT    NOT NULL,             -- JSON list: the deliveries that are fetched again; empty = metadata alone
  PRIMARY KEY (walk, position)
) WITHOUT ROWID;

-- A post's metadata, once; its jobs refer to it.
CREATE TABLE posts (
  id     INTEGER PRIMARY KEY,
  key    TEXT    NOT NULL,
  walk   INTEGER,
  data   TEXT    NOT NULL,                 -- model.Post as JSON
  origin TEXT    NOT NULL,
  open   INTEGER NOT NULL,                 -- its jobs that are not settled
  outcome TEXT   NOT NULL DEFAULT '',      -- the one that counts most among its settled jobs
  why    TEXT    NOT NULL DEFAULT ''       -- of that outcome
);

CREATE TABLE jobs (
  id         INTEGER PRIMARY KEY,
  kind       TEXT    NOT NULL CHECK (kind IN ('listing', 'post', 'file', 'note', 'reread')),
  state      TEXT    NOT NULL CHECK (state IN ('waiting', 'later', 'asks', 'done')),
  lane       TEXT    NOT NULL,             -- host (and port) of the next request
  home       TEXT    NOT NULL,             -- lane of its first request, before any redirect
  priority   INTEGER NOT NULL,             -- smaller first
  source     TEXT    NOT NULL,             -- who wanted it first: `entry:3`, `follow:ab12`
  turn       TEXT    NOT NULL,             -- for the round-robin: `inbox:2`, `entry:3`, `follow:ab12`, `check:follow:ab12`
  context    TEXT    NOT NULL DEFAULT '',  -- bandwidth context of who wants it: `subscription:ab12`, `watcher:cd34`, `download:7`
  site       TEXT    NOT NULL DEFAULT '',  -- '' = no site file knows it
  url        TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  hop        TEXT    NOT NULL DEFAULT '',  -- target of the last redirect, to be requested next
  hops       TEXT    NOT NULL DEFAULT '',  -- the URLs that redirected so far, one a line
  referrer   TEXT    NOT NULL DEFAULT '',
  post       INTEGER,
  media      TEXT    NOT NULL DEFAULT '',  -- model.MediaFile as JSON
  walk       INTEGER,
  origin     TEXT    NOT NULL,             -- model.Origin as JSON
  options    TEXT    NOT NULL DEFAULT '{}',
  into_path  TEXT    NOT NULL DEFAULT '',
  again      INTEGER NOT NULL DEFAULT 0,   -- 1 = known things are fetched again; 2 = its file is, since more is told of it
  tries      INTEGER NOT NULL DEFAULT 0,
  waits      INTEGER NOT NULL DEFAULT 0,   -- how often in a row it was told to wait without using up a try
  not_before REAL    NOT NULL DEFAULT 0,
  outcome    TEXT    NOT NULL DEFAULT '',
  cause      TEXT    NOT NULL DEFAULT '',  -- kind of the last fault, or the rule that skipped it
  why        TEXT    NOT NULL DEFAULT '',
  advice     TEXT    NOT NULL DEFAULT '',
  created_at REAL    NOT NULL,
  settled_at REAL,
  partial    TEXT    NOT NULL DEFAULT '',  -- fetch.resume.Partial as JSON: what is on the disk of a file; '-' = never keep any
  came       TEXT    NOT NULL DEFAULT '',  -- sha256 of what came last and was not whole, where its length was right
  reached    INTEGER NOT NULL DEFAULT 0,   -- bytes of it that were there when its tries last began anew
  gate       TEXT    NOT NULL GENERATED ALWAYS AS ( -- whose listing pages are paced apart; a redirect's target is no further page
    CASE WHEN kind <> 'listing' OR hop <> '' THEN '' WHEN source GLOB 'follow:*' THEN 'follow' ELSE 'download' END
  ) VIRTUAL
);
CREATE INDEX jobs_partial ON jobs (id) WHERE partial <> '';
CREATE UNIQUE INDEX jobs_one_open ON jobs (key) WHERE state <> 'done';
CREATE INDEX jobs_claim ON jobs (lane, gate, priority, turn, id) WHERE state = 'waiting';
CREATE INDEX jobs_later ON jobs (not_before) WHERE state = 'later';
CREATE INDEX jobs_faults ON jobs (settled_at) WHERE outcome = 'failed';
CREATE INDEX jobs_skipped ON jobs (cause) WHERE outcome = 'skipped';
CREATE INDEX jobs_asks ON jobs (id) WHERE state = 'asks';
CREATE INDEX jobs_no_site ON jobs (id) WHERE state = 'waiting' AND kind = 'post' AND site = '' AND post IS NULL;
CREATE INDEX jobs_walk ON jobs (walk) WHERE walk IS NOT NULL AND state <> 'done';

-- Who wants a job's outcome: one row a wish, also for those that came when the job was already open.
CREATE TABLE wishes (
  job    INTEGER NOT NULL,
  source TEXT    NOT NULL,
  post   INTEGER NOT NULL,                 -- 0 = no post
  PRIMARY KEY (job, source, post)
) WITHOUT ROWID;
CREATE INDEX wishes_source ON wishes (source);

-- How the wishes of each source came out; an entry settles when its `open` falls to 0.
CREATE TABLE tallies (
  source    TEXT PRIMARY KEY,
  open      INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  known     INTEGER NOT NULL DEFAULT 0,
  skipped   INTEGER NOT NULL DEFAULT 0,
  gone      INTEGER NOT NULL DEFAULT 0,
  failed    INTEGER NOT NULL DEFAULT 0,
  grown     INTEGER NOT NULL DEFAULT 0,    -- pages read again that told more of what was delivered
  same      INTEGER NOT NULL DEFAULT 0     -- and those that told nothing new
) WITHOUT ROWID;

CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY,
  sha256     TEXT    NOT NULL,
  generation INTEGER NOT NULL,             -- 0 = first delivery
  folder     TEXT    NOT NULL,             -- the import folder's path
  name       TEXT    NOT NULL,             -- of the media, relative to the folder
  name_key   TEXT    NOT NULL,             -- its stem, casefolded and NFC
  state      TEXT    NOT NULL CHECK (state IN ('placing', 'placed', 'unknown', 'given up')),
  job        INTEGER NOT NULL,
  part       TEXT    NOT NULL,
  size       INTEGER NOT NULL,
  md5        TEXT    NOT NULL,
  mime       TEXT    NOT NULL,
  sidecars   TEXT    NOT NULL,             -- JSON: [[suffix, text], ...]
  post_key   TEXT    NOT NULL,
  origin     TEXT    NOT NULL,
  options    TEXT    NOT NULL DEFAULT '{}',-- JSON: {key: {value, layer}} of those that were not the default
  cause      TEXT    NOT NULL DEFAULT '',  -- of a later one: `asked` (by a person) or `more metadata`
  staged_at  REAL    NOT NULL,             -- the time that its sidecars tell
  placed_at  REAL
);
CREATE UNIQUE INDEX deliveries_first ON deliveries (sha256) WHERE generation = 0 AND state <> 'given up';
CREATE UNIQUE INDEX deliveries_again ON deliveries (sha256, generation) WHERE state <> 'given up';
CREATE UNIQUE INDEX deliveries_name ON deliveries (folder, name_key);
CREATE INDEX deliveries_open ON deliveries (state) WHERE state IN ('placing', 'unknown');
CREATE INDEX deliveries_job ON deliveries (job);
CREATE INDEX deliveries_placed ON deliveries (placed_at);
CREATE INDEX deliveries_post ON deliveries (post_key);
CREATE INDEX deliveries_md5 ON deliveries (md5);

-- Deliveries after which a person's own program is still to be run.
CREATE TABLE hooks (
  delivery INTEGER PRIMARY KEY,
  tries    INTEGER NOT NULL DEFAULT 0
);

-- Settled file jobs whose posts tell of a file that was delivered before: its sidecar is to get what is new.
CREATE TABLE more (
  job    INTEGER PRIMARY KEY,
  sha256 TEXT    NOT NULL
);

-- Posts whose file had the bytes of another post's: many of one site, and it is a placeholder.
CREATE TABLE same_bytes (
  sha256   TEXT NOT NULL,
  site     TEXT NOT NULL,
  post_key TEXT NOT NULL,
  at       REAL NOT NULL,
  PRIMARY KEY (sha256, site, post_key)
) WITHOUT ROWID;

-- Outcomes that are settled: `url:KEY`, `post:SITE/ID`, `sha256:HEX`, `md5:HEX`.
CREATE TABLE known (
  key     TEXT PRIMARY KEY,
  outcome TEXT NOT NULL,                   -- delivered, skipped, gone, failed
  why     TEXT NOT NULL,
  at      INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE usage (
  context  TEXT    NOT NULL,
  unit     TEXT    NOT NULL,
  start    INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  bytes    INTEGER NOT NULL,               -- leased ahead while it goes on
  last     REAL    NOT NULL,               -- when the last request was booked, in seconds since 1970
  PRIMARY KEY (context, unit, start)
) WITHOUT ROWID;

-- Logins of sites: when one was made, and what a person has to do about one that did not work. No secrets.
CREATE TABLE logins (
  site   TEXT PRIMARY KEY,
  name   TEXT    NOT NULL,                 -- the login that was made last
  at     REAL    NOT NULL,                 -- when; 0 = never, or it is lost
  out    INTEGER NOT NULL,                 -- the site is paused until a person does something
  why    TEXT    NOT NULL,
  advice TEXT    NOT NULL,
  mark   TEXT    NOT NULL,                 -- what the config said then of where its secrets are
  chosen TEXT    NOT NULL                  -- the login that a person has chosen; `none` = none
) WITHOUT ROWID;

-- What became of the pages of each site: when its file last made sense of one, and what was last wrong.
CREATE TABLE site_log (
  site     TEXT PRIMARY KEY,
  read_at  REAL NOT NULL DEFAULT 0,        -- a page gave posts; 0 = never
  fault_at REAL NOT NULL DEFAULT 0,
  fault    TEXT NOT NULL DEFAULT '',
  advice   TEXT NOT NULL DEFAULT '',
  url      TEXT NOT NULL DEFAULT ''        -- of the page with the last fault
) WITHOUT ROWID;

CREATE TABLE pauses (
  context TEXT PRIMARY KEY,
  until   REAL NOT NULL,
  why     TEXT NOT NULL
) WITHOUT ROWID;

-- What other commands ask of the running service, and its answers.
CREATE TABLE requests (
  id       INTEGER PRIMARY KEY,
  verb     TEXT NOT NULL,
  details  TEXT NOT NULL,
  answer   TEXT,
  asked_at REAL NOT NULL
);
CREATE INDEX requests_open ON requests (id) WHERE answer IS NULL;
