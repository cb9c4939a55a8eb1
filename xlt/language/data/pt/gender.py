"""Portuguese words that make a number feminine, told by their endings: `duas casas`."""

_ODD = "dia|mapa|planeta|cometa|poeta|papa|atleta|piloto|guarda|colega|samba|sofá|gorila|puma"
_GREEK = (
    "problema|programa|sistema|tema|esquema|clima|[^\\W\\d_]*grama|poema|drama|dilema|diploma"
    "|idioma|sintoma|teorema|cinema|emblema|fantasma|aroma|trauma|carisma|estigma|enigma|lema"
    "|panorama|axioma|genoma|plasma|prisma|trema"
)
"""Masculine nouns in `a`."""
_NO_NOUN = (
    "a|as|à|às|da|das|na|nas|pela|pelas|para|contra|mas|apenas|ela|elas|dela|delas|nela|nelas|essa"
    "|essas|esta|estas|aquela|aquelas|minha|minhas|sua|suas|nossa|nossas|cuja|cujas|era|fora|seria"
    "|teria|havia|estava|tinha|podia|devia|vinha|ia|queria|sabia|já|lá|cá|há|está|será|terá|fará"
    "|uma|umas|ainda|agora|nunca|toda|todas|nada|embora|cada|toda|antes|depois|atrás|aliás|mais"
    "|entrega|joga|fica|chega|começa|termina|passa|volta|leva|ganha|marca|continua|acaba"
)
"""Words in `a` or `as` that are not nouns."""
_FEMININE_PLURAL = (
    "(?!corações$)[^\\W\\d_]+(?:ções|sões|dades|tudes|agens|igens|ugens|ices)"
    "|mulheres|mães|mãos|noites|tardes|partes|mortes|pontes|fontes|crises|fases|classes|bases"
    "|frases|vezes|leis|redes|sedes|paredes|aves|chaves|naves|greves|torres|flores|cores|dores"
    "|luzes|vozes|cruzes|raízes|atrizes|árvores|ordens|nuvens|irmãs|maçãs|manhãs|equipes|séries"
    "|espécies|superfícies|hipóteses|teses|análises|tribos|fotos|motos|alemãs|cristãs|cidadãs"
)
LABELS = frozenset(
    "anexo artigo ato bloco canal capítulo classe dia divisão estádio etapa fase figura folha grau "
    "grupo inciso item lei linha lote nível nota número opção página parágrafo parte posto quadra "
    "quadro questão quilômetro quilómetro sala seção secção série tabela tema tipo título turma "
    "versão volume zona".split()
)
"""Words that a number names, so that it agrees with nothing after it."""
NUMBERED = frozenset(
    "§ §§ alínea anexo anexos apêndice artigo artigos capítulo capítulos cláusula cláusulas equação "
    "equações exemplo exemplos exercício exercícios figura figuras firmware fórmula fórmulas gráfico "
    "gráficos ilustração imagem item itens norma parágrafo ponto quadro quadros questão regra regras "
    "secção secções seção seções subitem subseção tabela tabelas tarefa tema teorema tópico unidade "
    "versão versões".split()
)
"""Nouns of numbering: a number in parts after them is not a date, `figura 2.6.10`."""
FEMININE = rf"(?!(?:{_ODD}|{_GREEK})s$|(?:{_NO_NOUN})$|[^\W\d_]+istas$)[^\W\d_]{{2,}}as|" + (
    _FEMININE_PLURAL
)
"""Feminine nouns (and the adjectives before them) in the plural, by their endings."""
FEMININE_ONE = (
    rf"(?!(?:{_ODD}|{_GREEK}|{_NO_NOUN})$|[^\W\d_]+ista$)[^\W\d_]{{2,}}a"
    r"|(?!coração$)[^\W\d_]+(?:ção|são|dade|tude|agem|igem|ugem)"
    r"|mulher|mãe|mão|noite|tarde|parte|morte|ponte|fonte|crise|fase|classe|base|frase|vez|lei"
    r"|rede|sede|parede|ave|chave|nave|greve|torre|flor|cor|dor|luz|voz|cruz|raiz|atriz|árvore"
    r"|ordem|nuvem|irmã|maçã|manhã|equipe|série|espécie|hipótese|tese|análise|tribo|foto|moto"
)
"""The same in the singular."""
