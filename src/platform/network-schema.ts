/** How the component graph of a chart is written in a platform file. */
import { z } from "zod";

import { ENVIRONMENTS } from "./environments.ts";
import { LABEL, LABEL_RULE, name, text } from "./schema-parts.ts";

const PORT = /^[1-9][0-9]{0,4}(?:\/(?:TCP|UDP|SCTP))?$/;
const PORT_RULE = "a port from 1 to 65535, with /UDP or /SCTP behind it where it is not TCP";
const CIDR = /^[0-9a-fA-F.:]+\/[0-9]{1,3}$/;
const CIDR_RULE = "an address block, such as 10.20.0.0/16 or fd00::/8";
const EDGE_EXAMPLE = { from: ["web"], to: "api", ports: [8080] };

const BLOCKS_RULE = `a list of address blocks such as 10.20.0.0/16 or fd00::/8, or such a list for each of ${ENVIRONMENTS.join(", ")}`;
const blocks = z
  .array(text(CIDR, CIDR_RULE, "Address block.", "10.20.0.0/16"), BLOCKS_RULE)
  .min(1, BLOCKS_RULE)
  .meta({ description: "Address blocks.", examples: [["10.20.0.0/16"]] });

const outside = z
  .strictObject(
    {
      namespace: text(LABEL, LABEL_RULE, "Namespace that it runs in.", "ingress-nginx").optional(),
      pods: z
        .record(
          z.string("text"),
          z.string("text").meta({ description: "Value of the label.", examples: ["kube-dns"] }),
          "a map of labels",
        )
        .meta({
          description: "Labels of its pods; default: all pods of the namespace.",
          examples: [{ "k8s-app": "kube-dns" }],
        })
        .optional(),
      cidrs: z
        .union(
          [blocks, z.strictObject({ dev: blocks.optional(), staging: blocks.optional(), prod: blocks.optional() })],
          BLOCKS_RULE,
        )
        .meta({
          description: "Addresses that it answers on or calls from: everywhere the same, or by environment.",
          examples: [["10.20.0.0/16"]],
        })
        .optional(),
    },
    "a map with namespace (and pods), or with cidrs",
  )
  .refine((value) => (value.namespace === undefined) !== (value.cidrs === undefined), {
    error: "either namespace (and pods) or cidrs",
    params: { next: "say where it runs with namespace, or which addresses it has with cidrs" },
  })
  .meta({ description: "Something that is no part of the release.", examples: [{ namespace: "ingress-nginx" }] });

const edge = z
  .strictObject(
    {
      from: z
        .array(text(LABEL, LABEL_RULE, "Component, or name under outside.", "web"), "a list of components")
        .min(1, "at least one component")
        .meta({ description: "Who opens the connection.", examples: [["web"]] }),
      to: text(LABEL, LABEL_RULE, "Who answers: a component, or a name under outside.", "api"),
      ports: z
        .array(
          z
            .union(
              [z.int(PORT_RULE).min(1, PORT_RULE).max(65_535, PORT_RULE), z.string(PORT_RULE).regex(PORT, PORT_RULE)],
              PORT_RULE,
            )
            .meta({ description: "Port of the pods that answer, not of a Service.", examples: [8080, "53/UDP"] }),
          "a list of ports",
        )
        .min(1, "at least one port")
        .meta({ description: "Ports that it is opened to.", examples: [[8080]] }),
      environments: z
        .array(z.enum(ENVIRONMENTS, `one of ${ENVIRONMENTS.join(", ")}`), "a list of environments")
        .meta({ description: "Environments in which it exists; default: all.", examples: [["dev"]] })
        .optional(),
    },
    "a map with from, to and ports",
  )
  .meta({ description: "Connections that are allowed.", examples: [EDGE_EXAMPLE] });

/** The component graph of a chart. */
export const network = z
  .strictObject(
    {
      outside: z
        .record(name(LABEL, LABEL_RULE, "dns"), outside, "a map from name to what lies outside the release")
        .meta({
          description: "What the release talks to or is called by, by name.",
          examples: [{ dns: { namespace: "kube-system" } }],
        })
        .optional(),
      edges: z
        .array(edge, "a list of edges")
        .meta({ description: "Every connection that is allowed; all others are denied.", examples: [[EDGE_EXAMPLE]] }),
    },
    "a map with edges and, if wanted, outside",
  )
  .meta({
    description: "Component graph: what the rendered network policies must allow, neither more nor less.",
    examples: [{ edges: [EDGE_EXAMPLE] }],
  })
  .optional();
