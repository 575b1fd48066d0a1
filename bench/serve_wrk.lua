-- serve_wrk.lua: what wrk sends: bodies made beforehand, each message with an id of its own.
--
--   wrk -s bench/serve_wrk.lua URL -- BODIES SALT
--
-- BODIES is a file as bench/load_bodies.h says. A body is filled in where it lies and copied
-- once; ids are numbers, in front of which stands SALT (four characters), new for each run.
local ffi = require("ffi")
local bodies, at = {}, 0
local number, salt = 0, "wrk0"
local hex = ffi.new("char[17]", "0123456789abcdef")
local id = ffi.new("char[16]")

local function marks(text, mark)
  local found, from = {}, 1
  while true do
    local a, b = text:find(mark, from, true)
    if not a then return found end
    found[#found + 1], from = a - 1, b + 1
  end
end

function init(args)
  salt = args[2] or salt
  ffi.copy(id, salt, 4)
  for line in io.lines(args[1]) do
    local text = '{"batch":[' .. line:gsub("\t", ",") .. "]}"
    text = wrk.format("POST", "/v1/batch", {
      ["Content-Type"] = "application/json",
      ["Authorization"] = "Basic d2tfd2ViOg==",
    }, text)
    local bytes = ffi.new("char[?]", #text)
    ffi.copy(bytes, text, #text)
    bodies[#bodies + 1] = { len = #text, bytes = bytes, ids = marks(text, ("M"):rep(16)), times = marks(text, ("T"):rep(24)) }
  end
end

local second, time = 0, ""

local function id_next()
  number = number + 1
  local rest = number
  for i = 15, 4, -1 do
    id[i] = hex[rest % 16]
    rest = math.floor(rest / 16)
  end
end

function request()
  at = at % #bodies + 1
  local body = bodies[at]
  if os.time() ~= second then
    second = os.time()
    time = os.date("!%Y-%m-%dT%H:%M:%S.000Z", second)
  end
  for i = 1, #body.times do ffi.copy(body.bytes + body.times[i], time, 24) end
  for i = 1, #body.ids do
    id_next()
    ffi.copy(body.bytes + body.ids[i], id, 16)
  end
  return ffi.string(body.bytes, body.len)
end

function done(summary, latency)
  local e = summary.errors
  io.write(("{\"requests\":%d,\"seconds\":%.3f,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"most\":%.3f,\"failed\":%d}\n"):format(
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3, latency.max / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
