import type { RecipeGroup } from "./recipe.ts";

export const proxies: RecipeGroup = {
  id: "proxies",
  title: "Behind a web server",
  recipes: [
    {
      id: "nginx",
      title: "nginx",
      where: "In a server block.",
      blocks: [
        {
          label: "",
          language: "nginx",
          text: [
            "location /cam/ {",
            "  proxy_pass {upstream}{prefix}/;",
            "  # Only pages of this address may change a camera.",
            "  proxy_set_header Host $http_host;",
            "  # The client's address: without it or a password, stillstream refuses requests through nginx.",
            "  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            "  # With buffering, slow viewers see old frames; compression stops a stream.",
            "  proxy_buffering off;",
            "  gzip off;",
            "  # WebSockets, and uploads, which nginx would collect first.",
            "  proxy_http_version 1.1;",
            "  proxy_set_header Upgrade $http_upgrade;",
            "  proxy_set_header Connection $http_connection;",
            "  proxy_request_buffering off;",
            "  client_max_body_size 0;",
            "}",
          ].join("\n"),
        },
      ],
      note: "The cameras are then at /cam/ of that server; any path works. Start stillstream with --trust-proxy loopback, and with --allow-host NAME if the server has a public name.",
      checked: { how: "run", what: "nginx 1.22", on: "2026-11-27" },
    },
    {
      id: "caddy",
      title: "Caddy",
      where: "In the site's block of the Caddyfile.",
      blocks: [
        {
          label: "",
          language: "caddy",
          text: ["reverse_proxy {upstream} {", "  flush_interval -1   # passes frames on at once", "}"].join("\n"),
        },
      ],
      note: "Caddy gives a site with a public name https. Behind a proxy, stillstream needs no --tls-self-signed. Start it with --trust-proxy loopback, and with --allow-host NAME if the site's name is public.",
      checked: { how: "run", what: "Caddy 2.6", on: "2026-11-27" },
    },
  ],
};
