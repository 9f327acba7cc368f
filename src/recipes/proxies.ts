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
            "  # What changes a camera is for pages of this address alone.",
            "  proxy_set_header Host $http_host;",
            "  # Who asks: without this line, or without a password, requests through nginx are refused.",
            "  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            "  # A slow viewer would otherwise see what nginx has spooled; and compressing a stream stops it.",
            "  proxy_buffering off;",
            "  gzip off;",
            "  # WebSockets, and pictures that are sent here, which nginx would otherwise collect first.",
            "  proxy_http_version 1.1;",
            "  proxy_set_header Upgrade $http_upgrade;",
            "  proxy_set_header Connection $http_connection;",
            "  proxy_request_buffering off;",
            "  client_max_body_size 0;",
            "}",
          ].join("\n"),
        },
      ],
      note: "The cameras are then at /cam/ of that server; any path will do. Start stillstream with --trust-proxy loopback, and with --allow-host if that server has a public name.",
      checked: { how: "run", what: "nginx 1.22", on: "2026-11-27" },
    },
    {
      id: "caddy",
      title: "Caddy",
      where: "In the block of a site of its own, in the Caddyfile.",
      blocks: [
        {
          label: "",
          language: "caddy",
          text: ["reverse_proxy {upstream} {", "  flush_interval -1   # pictures go on as they come", "}"].join("\n"),
        },
      ],
      note: "A site with a public name has https by itself then. Behind a proxy stillstream needs no --tls-self-signed, but --trust-proxy loopback, and --allow-host with the site's name if that is a public one.",
      checked: { how: "run", what: "Caddy 2.6", on: "2026-11-27" },
    },
  ],
};
