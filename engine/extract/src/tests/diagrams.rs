//! Diagrams of every language, and Markdown: what is found, with the place of each.

use redan_base::MemoryWorld;

use super::{run, show, told};

const PACK: &str = r"
    extract node(id, label, shape, group?, technology?, tags*) from mermaid, plantuml, structurizr node
    extract box(label, shape, group?) from mermaid, plantuml, structurizr group
    extract edge(from_label, to_label, label?, technology?, direction, style)
      from mermaid, plantuml, structurizr
      edge
";

/// The facts of one file, without the places.
#[track_caller]
fn facts(path: &str, text: &str) -> Vec<String> {
    let (all, notes) = facts_and_notes(path, text);
    assert!(notes.is_empty(), "{notes:#?}");
    all
}

fn facts_and_notes(path: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let world: MemoryWorld = [(path.to_owned(), text.as_bytes().to_vec())].into_iter().collect();
    let (program, extraction, notes) = run(PACK, &world);
    let facts = show(&program, &extraction);
    let facts = facts.iter().map(|f| f.split(" @").next().unwrap_or_default().to_owned());
    (facts.collect(), told(&notes, &extraction.sources))
}

#[test]
fn flowcharts() {
    let text = r#"# Design

```mermaid
---
title: Shop
---
flowchart LR
  %% a comment
  user(("fa:fa-user Customer")) -->|HTTPS| web["Web<br/>(React)"]
  subgraph private [Private net]
    direction TB
    web e1@--> api & jobs
    subgraph data
      db[(Orders)]:::store
    end
  end
  api -- "reads, writes" --> db; jobs -.-> db
  api <--> ext{{"Ext #quot;x#quot;"}}
  web ~~~ db
  api -- "a long
  name" --- db
```
"#;
    let (all, notes) = facts_and_notes("a.md", text);
    insta::assert_snapshot!(all.join("\n"), @r#"
    node id=user label=Customer shape=circle
    node id=web label=Web (React) shape=rectangle group=Private net
    node id=api label=api shape=rectangle group=Private net
    node id=jobs label=jobs shape=rectangle group=Private net
    node id=db label=Orders shape=cylinder group=data tags=store
    node id=ext label=Ext "x" shape=hexagon
    box label=Private net shape=subgraph
    box label=data shape=subgraph group=Private net
    edge from_label=Customer to_label=Web (React) label=HTTPS direction=forward style=solid
    edge from_label=Web (React) to_label=api direction=forward style=solid
    edge from_label=Web (React) to_label=jobs direction=forward style=solid
    edge from_label=api to_label=Orders label=reads, writes direction=forward style=solid
    edge from_label=jobs to_label=Orders direction=forward style=dashed
    edge from_label=api to_label=Ext "x" direction=both style=solid
    edge from_label=api to_label=Orders label=a long name direction=none style=solid
    "#);
    insta::assert_snapshot!(notes.join("\n"), @"");
}

#[test]
fn sequences() {
    let text = r#"sequenceDiagram
    autonumber
    actor U as User
    box rgb(200, 200, 255) Our cloud
      participant API
      participant D@{ "type": "database" } as Orders
    end
    U->>+API: Log in
    alt known
      API->>D: look up
      D-->>API: row
    else
      API--xU: refused
    end
    Note over U,API: a -> b
    Mail-)U: a letter
"#;
    insta::assert_snapshot!(facts("a.mmd", text).join("\n"), @"
    node id=U label=User shape=actor
    node id=API label=API shape=participant group=Our cloud
    node id=D label=Orders shape=database group=Our cloud
    node id=Mail label=Mail shape=participant
    box label=Our cloud shape=box
    edge from_label=User to_label=API label=Log in direction=forward style=solid
    edge from_label=API to_label=Orders label=look up direction=forward style=solid
    edge from_label=Orders to_label=API label=row direction=forward style=dashed
    edge from_label=API to_label=User label=refused direction=forward style=dashed
    edge from_label=Mail to_label=User label=a letter direction=forward style=solid
    ");
}

#[test]
fn c4_of_mermaid() {
    let text = r#"C4Container
  title Shop
  Person(user, "Customer", "Buys things")
  Enterprise_Boundary(b0, "Company") {
    System_Boundary(b1, "Shop") {
      Container(web, "Web", "React", "Shows <b>goods</b>")
      ContainerDb(db, "Orders", "PostgreSQL", "All orders", $tags="pii+core")
      ContainerQueue(q, "Events", "Kafka")
    }
    System_Ext(mail, "Mail", "Sends letters")
  }
  Rel(user, web, "Uses", "HTTPS")
  BiRel(web, db, "Reads and writes", $techn="SQL/TLS")
  Rel_Back(mail, q, "asks")
  UpdateRelStyle(user, web, $offsetX="1")
  UpdateLayoutConfig($c4ShapeInRow="3")
"#;
    insta::assert_snapshot!(facts("a.mmd", text).join("\n"), @"
    node id=user label=Customer shape=person
    node id=web label=Web shape=container group=Shop technology=React
    node id=db label=Orders shape=container_db group=Shop technology=PostgreSQL tags=pii tags=core
    node id=q label=Events shape=container_queue group=Shop technology=Kafka
    node id=mail label=Mail shape=system_ext group=Company
    box label=Company shape=enterprise_boundary
    box label=Shop shape=system_boundary group=Company
    edge from_label=Customer to_label=Web label=Uses technology=HTTPS direction=forward style=solid
    edge from_label=Web to_label=Orders label=Reads and writes technology=SQL/TLS direction=both style=solid
    edge from_label=Events to_label=Mail label=asks direction=forward style=solid
    ");
}

#[test]
fn architecture_of_mermaid() {
    let text = r"architecture-beta
    group cloud(cloud)[Our cloud]
    group net(cloud)[Private net] in cloud
    service web(server)[Web] in net
    service db(database)[Orders] in net
    service user(internet)[User]
    junction j in net
    user:R --> L:web
    web{group}:B -- T:db{group}
    db:L <-- R:j
    web:T -[TLS]- B:j
";
    insta::assert_snapshot!(facts("a.mmd", text).join("\n"), @"
    node id=web label=Web shape=server group=Private net
    node id=db label=Orders shape=database group=Private net
    node id=user label=User shape=internet
    node id=j label=j shape=junction group=Private net
    box label=Our cloud shape=cloud
    box label=Private net shape=cloud group=Our cloud
    edge from_label=User to_label=Web direction=forward style=solid
    edge from_label=Web to_label=Orders direction=none style=solid
    edge from_label=j to_label=Orders direction=forward style=solid
    edge from_label=Web to_label=j label=TLS direction=none style=solid
    ");
}

#[test]
fn structure_of_plantuml() {
    let text = r#"@startuml shop
!include <C4/C4_Container>
' a comment
skinparam componentStyle rectangle
title The shop
actor "Shop\nuser" as user
cloud "Internet" {
}
node "Web host" as host <<Debian>> #fff {
  [Web] as web
  component "Order API" as api <<Go>>
  rectangle inner {
    component [Jobs]
  }
}
database Orders [
  <b>Order</b> store
  kept for years
]
queue "Events" as events
() "REST" as rest
interface admin
package "Not used" as unused {
}
api - rest
web ..> rest : uses
web -( admin
user -[#red,dashed]right-> web : HTTPS
api <-down- web
api --> Orders : SQL\nover TLS
api *-- Jobs
web -[hidden]- Orders
Jobs "1" --> "n" events : <<publishes>>
events <--> [Other thing]
note left of api : a note
note "a --> b" as n1
n1 .. api
note right of web
  web --> everything
end note
legend
 x --> y
endlegend
@enduml
"#;
    insta::assert_snapshot!(facts("docs/a.puml", text).join("\n"), @"
    node id=user label=Shop user shape=actor
    node id=Internet label=Internet shape=cloud
    node id=web label=Web shape=component group=Web host
    node id=api label=Order API shape=component group=Web host tags=Go
    node id=Jobs label=Jobs shape=component group=inner
    node id=Orders label=Order store kept for years shape=database
    node id=events label=Events shape=queue
    node id=rest label=REST shape=interface
    node id=admin label=admin shape=interface
    node id=unused label=Not used shape=package
    node id=Other thing label=Other thing shape=component
    box label=Web host shape=node
    box label=inner shape=rectangle group=Web host
    edge from_label=Order API to_label=REST direction=none style=solid
    edge from_label=Web to_label=REST label=uses direction=forward style=dashed
    edge from_label=Web to_label=admin direction=forward style=solid
    edge from_label=Shop user to_label=Web label=HTTPS direction=forward style=dashed
    edge from_label=Web to_label=Order API direction=forward style=solid
    edge from_label=Order API to_label=Order store kept for years label=SQL over TLS direction=forward style=solid
    edge from_label=Jobs to_label=Events label=publishes direction=forward style=solid
    edge from_label=Events to_label=Other thing direction=both style=solid
    ");
}

#[test]
fn sequences_of_plantuml() {
    let text = r#"@startuml
actor Customer
box "Our cloud" #LightBlue
participant "Order\nservice" as os order 20
database DB
end box
Customer -> os ++ : order
os -> DB : insert
DB --> os : id
alt paid
  os ->> "Mail service" : send
else
  os <- Customer : cancel
end
os -[#red]>x DB : drop
[-> os : tick
os ->] : tock
return ok
== later ==
... 5 minutes ...
ref over os, DB : see there
hnote over os
  a -> b
endhnote
os -> os : self
@enduml
"#;
    insta::assert_snapshot!(facts("a.puml", text).join("\n"), @"
    node id=Customer label=Customer shape=actor
    node id=os label=Order service shape=participant group=Our cloud
    node id=DB label=DB shape=database group=Our cloud
    box label=Our cloud shape=box
    edge from_label=Customer to_label=Order service label=order direction=forward style=solid
    edge from_label=Order service to_label=DB label=insert direction=forward style=solid
    edge from_label=DB to_label=Order service label=id direction=forward style=dashed
    edge from_label=Order service to_label=Mail service label=send direction=forward style=solid
    edge from_label=Customer to_label=Order service label=cancel direction=forward style=solid
    edge from_label=Order service to_label=DB label=drop direction=forward style=solid
    edge from_label=Order service to_label=Order service label=self direction=forward style=solid
    ");
}

#[test]
fn c4_of_plantuml() {
    let text = r#"```plantuml
@startuml
!include https://example.org/C4_Container.puml
AddElementTag("pii", $bgColor="red")
LAYOUT_WITH_LEGEND()
Person(user, "Customer")
System_Boundary(shop, "Shop")
{
  Container(web, "Web", "React",
    "Shows goods")
  Deployment_Node(host, "Host", "Debian 12") {
    ContainerDb(db, "Orders", "PostgreSQL")
  }
}
VPCGroup(vpc) {
  Lambda(worker, "Worker", "Python")
}
Rel_D(user, web, "Uses", "HTTPS")
Rel(web, db, "Reads")
Lay_D(web, db)
SHOW_LEGEND()
@enduml
```
"#;
    insta::assert_snapshot!(facts("a.md", text).join("\n"), @"
    node id=user label=Customer shape=person
    node id=web label=Web shape=container group=Shop technology=React
    node id=db label=Orders shape=container_db group=Host technology=PostgreSQL
    node id=worker label=Worker shape=lambda group=vpc technology=Python
    box label=Shop shape=system_boundary
    box label=Host shape=deployment_node group=Shop
    box label=vpc shape=vpc_group
    edge from_label=Customer to_label=Web label=Uses technology=HTTPS direction=forward style=solid
    edge from_label=Web to_label=Orders label=Reads direction=forward style=solid
    ");
}

#[test]
fn workspaces() {
    let text = r#"workspace "Shop" {
  !identifiers hierarchical
  !const TECH "Go 1.22"
  model {
    properties { "a" "b" }
    # a comment
    user = person "Customer" "Buys" "External"
    group "Company" {
      shop = softwareSystem "Shop" {
        description "Sells"
        web = container "Web" "Shows goods" "React"
        api = container "API" {
          technology "${TECH}"
          tags "core" "pii"
          orders = component "Orders"
          web -> this "Calls" "JSON/HTTPS"
        }
        db = container "Orders DB" "" "PostgreSQL" "Database"
        api.orders -> db "Writes"
      }
      mail = softwareSystem "Mail"
    }
    user -> shop.web "Uses" \
      "HTTPS"
    shop.api -> mail
    deploymentEnvironment "Live" {
      deploymentNode "Host" "" "Debian" {
        containerInstance shop.web
      }
    }
  }
  views {
    systemContext shop {
      include *
      user -> shop
    }
  }
}
"#;
    insta::assert_snapshot!(facts("workspace.dsl", text).join("\n"), @"
    node id=user label=Customer shape=person tags=External
    node id=shop.web label=Web shape=container group=Shop technology=React
    node id=shop.api.orders label=Orders shape=component group=API
    node id=shop.db label=Orders DB shape=container group=Shop technology=PostgreSQL tags=Database
    node id=mail label=Mail shape=software_system group=Company
    node id=787 Web label=Web shape=container_instance group=Host
    box label=Company shape=group
    box label=Shop shape=software_system group=Company
    box label=API shape=container group=Shop
    box label=Live shape=deployment_environment
    box label=Host shape=deployment_node group=Live
    edge from_label=Web to_label=API label=Calls technology=JSON/HTTPS direction=forward style=solid
    edge from_label=Orders to_label=Orders DB label=Writes direction=forward style=solid
    edge from_label=Customer to_label=Web label=Uses technology=HTTPS direction=forward style=solid
    edge from_label=API to_label=Mail direction=forward style=solid
    ");
}

#[test]
fn words_of_a_workspace() {
    let text = r#"workspace {
  model {
    archetypes {
      api = container {
        technology "Java"
        tag "API"
      }
      secured = api {
        tags "Secured"
      }
      https = -> {
        technology "HTTPS"
      }
    }
    s = softwareSystem "Shop" {
      web = container "Web"
      orders = api "Orders" {
        description "Keeps them"
      }
      cards = secured "Cards" "" "Kotlin"
      web --https-> orders "Calls"
      thing = widget "What"
    }
  }
}
"#;
    let (all, notes) = facts_and_notes("a.dsl", text);
    insta::assert_snapshot!(all.join("\n"), @"
    node id=s.web label=Web shape=container group=Shop
    node id=s.orders label=Orders shape=container group=Shop technology=Java tags=API
    node id=s.cards label=Cards shape=container group=Shop technology=Kotlin tags=API tags=Secured
    box label=Shop shape=software_system
    edge from_label=Web to_label=Orders label=Calls technology=HTTPS direction=forward style=solid
    ");
    insta::assert_snapshot!(notes.join("\n"), @r#"RDN0704: nothing is known of a kind of element called `widget` at `thing = widget "What"`"#);
}

#[test]
fn other_diagrams_are_passed_over() {
    for text in [
        "```mermaid\nclassDiagram\n  A --> B\n```\n",
        "```mermaid\nerDiagram\n  A ||--o{ B : has\n```\n",
        "```plantuml\nclass A {\n  x: int\n}\nclass B\nA --> B\n```\n",
        "```plantuml\nstart\n:do it;\nstop\n```\n",
        "```plantuml\nRECTANGLE A {\n  -x: int\n  +get(): int\n}\nRECTANGLE B\nA --> B\n```\n",
        "```plantuml\n[*] --> Open\nOpen --> [*]\n```\n",
        "```plantuml\n@startmindmap\n* a\n@endmindmap\n```\n",
        "```dsl\nrule x -> y\n```\n",
        "```\nflowchart LR\n  a --> b\n```\n",
        "<!--\n```text\n```mermaid\n-->\n",
    ] {
        assert_eq!(facts("a.md", text), [] as [String; 0], "{text}");
    }
}

#[test]
fn asciidoc() {
    let text = "= Design\n\n[mermaid, shop]\n----\ngraph LR\n a --> b\n----\n\n[source,mermaid]\n----\ngraph LR\n c --> d\n----\n";
    let all = facts("a.adoc", text);
    assert!(all.iter().any(|f| f.contains("from_label=a")), "{all:#?}");
    assert!(!all.iter().any(|f| f.contains("from_label=c")), "an example is no picture: {all:#?}");
}

#[test]
fn a_broken_diagram_costs_that_diagram_and_is_told() {
    let whole = "```mermaid\ngraph LR\n a --> b\n```\n";
    let cases = [
        (
            "```mermaid\ngraph LR\n subgraph x\n c --> d\n```\n",
            "subgraph x",
            "what is opened here is never closed",
        ),
        ("```mermaid\ngraph LR\n c --> d\n end\n```\n", "end", "this `end` ends no subgraph"),
        (
            "```mermaid\nsequenceDiagram\n loop x\n c->>d: y\n```\n",
            "loop x",
            "what begins here has no `end`",
        ),
        (
            "```mermaid\nC4Context\n System(c, \"d\n```\n",
            "System(c, \"d",
            "this parenthesis is never closed",
        ),
        ("```plantuml\nnode c {\n [d]\n```\n", "node c {", "what is opened here is never closed"),
        ("```plantuml\n[c]\n}\n```\n", "}", "this brace closes nothing"),
        ("```plantuml\n@startuml\n[c]\n```\n", "@startuml", "it has no `@enduml`"),
        (
            "```structurizr\nworkspace {\n model {\n c = person \"d\"\n }\n```\n",
            "workspace {",
            "this brace is never closed",
        ),
    ];
    for (broken, at, why) in cases {
        let (all, notes) = facts_and_notes("a.md", &format!("{broken}\n{whole}"));
        assert!(!all.iter().any(|f| f.contains("=c") || f.contains("=d")), "{broken}: {all:#?}");
        assert!(all.iter().any(|f| f.contains("from_label=a")), "{broken}: {all:#?}");
        let note = notes.join("\n");
        let expected = format!(" is left out: {why} at `{at}`");
        assert!(note.starts_with("RDN0703: a diagram in ") && note.ends_with(&expected), "{note}");
    }
}

#[test]
fn parts_that_are_left_out_are_told() {
    let text = "@startuml\n!include ../shared.puml\n!include <awslib/all>\n[a] --> [b]\nthis is not it\n@enduml\n";
    let (all, notes) = facts_and_notes("a.puml", text);
    assert!(all.iter().any(|f| f.contains("from_label=a")), "{all:#?}");
    insta::assert_snapshot!(notes.join("\n"), @"
    RDN0704: what `../shared.puml` holds is not read here: includes are not followed at `!include ../shared.puml`
    RDN0704: this line of a PlantUML diagram was not understood at `this is not it`
    ");
    let text = "workspace {\n !include b.dsl\n model {\n a = person \"A\"\n a -> b\n }\n}\n";
    insta::assert_snapshot!(facts_and_notes("a.dsl", text).1.join("\n"), @"
    RDN0704: what `b.dsl` holds is not read here: includes are not followed at `!include b.dsl`
    RDN0704: this relationship is left out: nothing here is called `b` at `a -> b`
    ");
}

#[test]
fn markdown() {
    let pack = r"
        extract cell(column, text, headings*) from markdown at tables[*].rows[*].cells[*]
          { column: .column text: .text headings: .headings }
        extract sentence(text, headings*) from markdown at sentences[*]
          { text: .text headings: .headings }
        extract name(text, leads: bool) from markdown at names[*] { text: .text leads: .leads }
        extract heading(text, level: int) from markdown at headings[*] { text: .text level: .level }
    ";
    let text = "# Shop\n\n## Parts\n\nThe **web shop** calls `orders` over\nHTTPS. It is e.g. small; nothing else. See [it](x.md)\n\n\
        - **Orders**: keeps them\n  - `db` too\n\n| Component | Type |\n| --- | --- |\n| [Web](w.md) | **UI**<br>React |\n| `a\\|b` |\n\n\
        ```\nX calls Y.\n```\n<!-- X calls Z. -->\n\n# 用語\n\nAはBを呼ぶ。CはDを呼ぶ。\n";
    let world: MemoryWorld = [("a.md".to_owned(), text.as_bytes().to_vec())].into_iter().collect();
    let (program, extraction, notes) = run(pack, &world);
    assert!(notes.is_empty(), "{notes:#?}");
    insta::assert_snapshot!(show(&program, &extraction).join("\n"), @r"
    cell column=Component text=Web headings=Shop headings=Parts @a.md:13 « [Web](w.md) »
    cell column=Type text=UI React headings=Shop headings=Parts @a.md:13 « **UI**<br>React »
    cell column=Component text=a|b headings=Shop headings=Parts @a.md:14 « `a\|b` »
    sentence text=The web shop calls orders over HTTPS. headings=Shop headings=Parts @a.md:5 «The **web shop** calls `orders` over
    HTTPS.»
    sentence text=It is e.g. small; headings=Shop headings=Parts @a.md:6 «It is e.g. small;»
    sentence text=nothing else. headings=Shop headings=Parts @a.md:6 «nothing else.»
    sentence text=See it headings=Shop headings=Parts @a.md:6 «See [it»
    sentence text=Orders: keeps them headings=Shop headings=Parts @a.md:8 «Orders**: keeps them»
    sentence text=db too headings=Shop headings=Parts @a.md:9 «`db` too»
    sentence text=AはBを呼ぶ。 headings=用語 @a.md:23 «AはBを呼ぶ。»
    sentence text=CはDを呼ぶ。 headings=用語 @a.md:23 «CはDを呼ぶ。»
    name text=web shop leads=false @a.md:5 «**web shop**»
    name text=orders leads=false @a.md:5 «`orders`»
    name text=Orders leads=true @a.md:8 «**Orders**»
    name text=db leads=true @a.md:9 «`db`»
    name text=UI leads=false @a.md:13 «**UI**»
    name text=a|b leads=false @a.md:14 «`a\|b`»
    heading text=Shop level=1 @a.md:1 «# Shop
    »
    heading text=Parts level=2 @a.md:3 «## Parts
    »
    heading text=用語 level=1 @a.md:21 «# 用語
    »
    ");
}
