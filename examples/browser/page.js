// Shows, disables and hides buttons by what the chosen user may do. This is for display: whatever a button asks the
// server for, the server decides again.
import { Evaluator } from "/sdk/index.js";

const buttons = [...document.querySelectorAll("button[data-action]")];
const users = document.querySelector("#users");

/** Fetches a file. */
async function get(path) {
  const response = await fetch(path);
  if (!response.ok) {
    throw new Error(`${path}: status ${response.status}`);
  }
  return response;
}

async function openPolicy() {
  const [evaluator, bundle, pem] = await Promise.all([
    Evaluator.load(get("/lictor-evaluator.wasm")),
    get("/bundle.tar.gz").then((response) => response.arrayBuffer()),
    get("/key.pem").then((response) => response.text()),
  ]);
  return evaluator.open(new Uint8Array(bundle), { verifyKeys: [{ id: "shop", pem }] });
}

/** What the user asks to be allowed with a button. */
function request(button, user) {
  const order = button.closest("[data-order]").dataset;
  return {
    subject: { type: "user", id: user },
    action: { name: button.dataset.action },
    resource: { type: "order", id: order.order, properties: { amount: Number(order.amount), paid: order.paid === "true" } },
  };
}

/** Codes of a user who may do such a thing, but not to this order. */
const notHere = new Set(["condition_false", "denied_by_policy"]);

function show(policy, user) {
  const answers = policy.checkAll(buttons.map((button) => request(button, user)));
  let offered = 0;
  buttons.forEach((button, i) => {
    const { allowed, code } = answers[i];
    button.hidden = !allowed && !notHere.has(code);
    button.disabled = !allowed;
    button.title = notHere.has(code) ? "Not possible for this order" : "";
    offered += allowed ? 1 : 0;
  });
  document.querySelector("#summary").textContent = `${offered} of ${buttons.length} things can be done here.`;
}

/** Offers nothing. */
function refuse(error) {
  console.error(error);
  for (const button of buttons) {
    button.hidden = button.disabled = true;
  }
  users.disabled = true;
  document.querySelector("#summary").textContent = "";
  document.querySelector("#refused").hidden = false;
}

try {
  const policy = await openPolicy();
  const update = () => {
    try {
      show(policy, users.querySelector(":checked").value);
    } catch (error) {
      refuse(error);
    }
  };
  users.addEventListener("change", update);
  users.disabled = false;
  update();
} catch (error) {
  refuse(error);
}
