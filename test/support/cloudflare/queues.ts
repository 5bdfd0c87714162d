import { ApiError, type Call, json, ok, page, param, type Routes } from "./http.ts";
import { type Account, type Consumer, hexId, newQueue, now, type Queue } from "./state.ts";

type QueueBody = { queue_name?: string; settings?: Partial<Queue["settings"]> };

type ConsumerBody = {
  type: "worker" | "http_pull";
  script_name?: string;
  dead_letter_queue?: string;
  settings?: Consumer["settings"];
};

export function queueRoutes(account: Account): Routes {
  const { queues, scripts } = account;
  const base = "/accounts/:account/queues";

  const found = (call: Call): Queue => {
    const queue = queues.find(({ queue_id }) => queue_id === param(call, "id"));
    if (queue === undefined) throw new ApiError(404, 11000, "Queue not found");
    return queue;
  };

  const consumerFields = (body: ConsumerBody): Omit<Consumer, "consumer_id"> => {
    const { type, script_name: script, dead_letter_queue: dead, settings = {} } = body;
    if (type === "worker" && !scripts.has(script ?? "")) {
      throw new ApiError(404, 10007, "This Worker does not exist on your account.");
    }
    // As the documentation says of a dead letter queue that nobody created.
    if (dead !== undefined && !queues.some(({ queue_name }) => queue_name === dead)) {
      queues.push(newQueue(dead, defaultsOf(account)));
    }
    return {
      type,
      settings,
      ...(script === undefined ? {} : { script }),
      ...(dead === undefined ? {} : { dead_letter_queue: dead }),
    };
  };

  return {
    [`GET ${base}`](call) {
      const names = call.query.getAll("name");
      const all = queues.filter(
        ({ queue_name }) => names.length === 0 || names.includes(queue_name),
      );
      return page(
        all.map((queue) => shown(queue, account)),
        call,
      );
    },
    [`POST ${base}`](call) {
      const { queue_name: name = "", settings } = json<QueueBody>(call);
      if (queues.some(({ queue_name }) => queue_name === name)) {
        throw new ApiError(409, 11009, `Queue name '${name}' is already taken.`);
      }
      allow(settings, account);
      const queue = newQueue(name, { ...defaultsOf(account), ...settings });
      queues.push(queue);
      return ok(shown(queue, account));
    },
    [`GET ${base}/:id`]: (call) => ok(shown(found(call), account)),
    [`PATCH ${base}/:id`](call) {
      const queue = found(call);
      const { settings } = json<QueueBody>(call);
      allow(settings, account);
      Object.assign(queue.settings, settings);
      queue.modified_on = now();
      return ok(shown(queue, account));
    },
    [`DELETE ${base}/:id`](call) {
      queues.splice(queues.indexOf(found(call)), 1);
      return ok(null);
    },
    [`GET ${base}/:id/consumers`]: (call) => ok(found(call).consumers),
    [`POST ${base}/:id/consumers`](call) {
      const queue = found(call);
      const body = json<ConsumerBody>(call);
      if (queue.consumers.some(({ type }) => type === body.type)) {
        throw new ApiError(409, 11004, "workers.api.error.consumer_exists");
      }
      const consumer = { consumer_id: hexId(), ...consumerFields(body) };
      queue.consumers.push(consumer);
      return ok(consumer);
    },
    [`PUT ${base}/:id/consumers/:consumer`](call) {
      const consumer = consumerOf(found(call), param(call, "consumer"));
      const { consumer_id } = consumer;
      return ok(Object.assign(consumer, { consumer_id, ...consumerFields(json(call)) }));
    },
    [`DELETE ${base}/:id/consumers/:consumer`](call) {
      const { consumers } = found(call);
      const consumer = consumerOf({ consumers }, param(call, "consumer"));
      consumers.splice(consumers.indexOf(consumer), 1);
      return ok(null);
    },
  };
}

/** Seconds. */
const ONE_DAY = 86_400;
const FOURTEEN_DAYS = 1_209_600;

function defaultsOf({ plan }: Account): Partial<Queue["settings"]> {
  return plan === "free" ? { message_retention_period: ONE_DAY } : {};
}

function allow(settings: QueueBody["settings"], { plan }: Account): void {
  const most = plan === "free" ? ONE_DAY : FOURTEEN_DAYS;
  const wanted = settings?.message_retention_period ?? 60;
  if (wanted >= 60 && wanted <= most) return;
  throw new ApiError(400, 100128, `message_retention_period must be between 60 and ${most}`);
}

function consumerOf({ consumers }: Pick<Queue, "consumers">, id: string): Consumer {
  const consumer = consumers.find(({ consumer_id }) => consumer_id === id);
  if (consumer === undefined) throw new ApiError(404, 11003, "Consumer not found");
  return consumer;
}

function shown(queue: Queue, { scripts }: Account) {
  const producers = [...scripts.values()]
    .filter(({ versions }) =>
      versions.at(-1)?.bindings.some(({ queue_name }) => queue_name === queue.queue_name),
    )
    .map(({ name }) => ({ type: "worker", script: name }));
  return {
    ...queue,
    producers,
    producers_total_count: producers.length,
    consumers_total_count: queue.consumers.length,
  };
}
