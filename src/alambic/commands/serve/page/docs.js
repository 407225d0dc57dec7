"use strict";
fetch("/openapi.json").then((reply) => reply.json()).then((described) => {
  document.querySelector("h1").textContent = described.info.title;
  const place = document.getElementById("paths");
  for (const [path, methods] of Object.entries(described.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const title = document.createElement("h2"), summary = document.createElement("p");
      title.textContent = `${method.toUpperCase()} ${path}`;
      summary.textContent = operation.summary || "";
      const content = document.createElement("pre");
      content.textContent = JSON.stringify({ request: operation.requestBody, responses: operation.responses }, null, 2);
      place.append(title, summary, content);
    }
  }
  const title = document.createElement("h2"), schemas = document.createElement("pre");
  title.textContent = "Schemas";
  schemas.textContent = JSON.stringify(described.components.schemas, null, 2);
  place.append(title, schemas);
});
