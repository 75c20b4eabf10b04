*----------------------------------------------------------------------*
* Z_LTC_CLEAR_OPEN_ITEMS: give a payment its invoices, and clear what is
* paid in full. Remote-enabled, function group ZLTC, ECC 6.0.
*
* HONESTY: this source has not been compiled or run against a real SAP
* system by its authors; they had none. What it does is what the hub's
* simulated SAP does. Before it is used, have it reviewed and tested in
* a sandbox client; the points to look at are marked VERIFY.
*
* The payment is posted by BAPI_ACC_DOCUMENT_POST in the same session and
* is not committed yet. It has one item for each invoice that it pays,
* whose assignment (BSEG-ZUONR) is the number of the billing document,
* and one without assignment for what is left on account. Neither
* FB02 nor FB05 may be called here: both commit by themselves. This module
* checks the invoices now, while everything can still be rolled back, and
* hands the rest to Z_LTC_CLEAR_RUN by transactional RFC. That is
* registered with the LUW: it runs once, after the COMMIT of the payment
* and its update (SM58 shows what waits or failed), and not at all after
* a rollback.
*
* No amount is split or posted anew: the hub reads from the payment itself
* what was paid of which invoice, also while the unit waits in SM58.
*
* Dictionary: ZLTC_S_PAID with VBELN VBELN_VF, WRBTR BAPICURR_D: as in all
* BAPIs, amounts have four decimals in every currency. Message class ZLTC:
*   021 Billing document & is of & &, the payment of &
*----------------------------------------------------------------------*
FUNCTION z_ltc_clear_open_items.
*"----------------------------------------------------------------------
*"  IMPORTING
*"     VALUE(I_BUKRS) TYPE  BUKRS
*"     VALUE(I_BELNR) TYPE  BELNR_D
*"     VALUE(I_GJAHR) TYPE  GJAHR
*"     VALUE(I_KUNNR) TYPE  KUNNR
*"     VALUE(I_WAERS) TYPE  WAERS
*"  TABLES
*"      IT_ITEMS STRUCTURE  ZLTC_S_PAID
*"      RETURN STRUCTURE  BAPIRET2
*"----------------------------------------------------------------------
  DATA: ls_item   TYPE zltc_s_paid,
        lt_sums   TYPE STANDARD TABLE OF zltc_s_paid,
        ls_return TYPE bapiret2,
        ls_bsid   TYPE bsid,
        lv_open   TYPE wrbtr,
        lv_paid   TYPE wrbtr,
        lv_kunnr  TYPE kunnr,
        lv_row    TYPE bapiret2-row.

  DEFINE refuse.                                 " class, number, v1, field
    call function 'BALW_BAPIRETURN_GET2'
      exporting
        type      = 'E'
        cl        = &1
        number    = &2
        par1      = &3
        parameter = 'IT_ITEMS'
        row       = lv_row
        field     = &4
      importing
        return    = ls_return.
    append ls_return to return.
    return.
  END-OF-DEFINITION.

  CLEAR return[].
  CALL FUNCTION 'CONVERSION_EXIT_ALPHA_INPUT'
    EXPORTING
      input  = i_kunnr
    IMPORTING
      output = lv_kunnr.
  LOOP AT it_items INTO ls_item.
    CALL FUNCTION 'CONVERSION_EXIT_ALPHA_INPUT'
      EXPORTING
        input  = ls_item-vbeln
      IMPORTING
        output = ls_item-vbeln.
    COLLECT ls_item INTO lt_sums.
  ENDLOOP.

  LOOP AT lt_sums INTO ls_item.
    lv_row = sy-tabix.
    PERFORM open_item USING i_bukrs ls_item-vbeln CHANGING ls_bsid lv_open.
    IF ls_bsid-belnr IS INITIAL.
      refuse 'F5' '506' ls_item-vbeln 'VBELN'.
    ENDIF.
    IF ls_bsid-kunnr <> lv_kunnr OR ls_bsid-waers <> i_waers.
      refuse 'ZLTC' '021' ls_item-vbeln 'VBELN'.
    ENDIF.
    PERFORM internal USING ls_bsid-waers ls_item-wrbtr CHANGING lv_paid.
    IF lv_paid <= 0 OR lv_paid > lv_open.
      refuse 'F5' '263' ls_item-vbeln 'WRBTR'.
    ENDIF.
  ENDLOOP.

  CALL FUNCTION 'Z_LTC_CLEAR_RUN' IN BACKGROUND TASK
    EXPORTING
      i_bukrs  = i_bukrs
      i_belnr  = i_belnr
      i_gjahr  = i_gjahr
    TABLES
      it_items = lt_sums.

  CLEAR ls_return.
  CALL FUNCTION 'BALW_BAPIRETURN_GET2'
    EXPORTING
      type   = 'S'
      cl     = 'F5'
      number = '312'
      par1   = i_belnr
      par2   = i_bukrs
    IMPORTING
      return = ls_return.
  APPEND ls_return TO return.
ENDFUNCTION.

*----------------------------------------------------------------------*
* Z_LTC_CLEAR_RUN: what is left to do once the payment is posted. Remote-
* enabled, since transactional RFC calls it; an error ends it by an A
* message, so that SM58 keeps the unit and it can be run again: what was
* done already is then no longer found.
*
* 1. Each item of the payment that names an open invoice refers to it
*    (BSEG-REBZG), as a payment in part does; by this SAP's own
*    transactions offer it together with the invoice.
* 2. An invoice that now balances with all that refers to it is cleared,
*    each by a document of its own and without any new item. One that
*    does not, because it is paid in part or somebody paid it meanwhile,
*    stays open with all that was paid of it.
*----------------------------------------------------------------------*
FUNCTION z_ltc_clear_run.
*"----------------------------------------------------------------------
*"  IMPORTING
*"     VALUE(I_BUKRS) TYPE  BUKRS
*"     VALUE(I_BELNR) TYPE  BELNR_D
*"     VALUE(I_GJAHR) TYPE  GJAHR
*"  TABLES
*"      IT_ITEMS STRUCTURE  ZLTC_S_PAID
*"----------------------------------------------------------------------
  DATA: ls_payment TYPE bsid,
        ls_invoice TYPE bsid,
        lt_mine    TYPE STANDARD TABLE OF bsid,
        lt_parts   TYPE STANDARD TABLE OF bsid,
        ls_item    TYPE zltc_s_paid,
        lv_open    TYPE wrbtr,
        lv_zuonr   TYPE dzuonr.

  LOOP AT it_items INTO ls_item.
    PERFORM open_item USING i_bukrs ls_item-vbeln CHANGING ls_invoice lv_open.
    CHECK NOT ls_invoice-belnr IS INITIAL.      " cleared by somebody else
    lv_zuonr = ls_item-vbeln.
    CLEAR lt_mine.
    SELECT * FROM bsid INTO TABLE lt_mine
      WHERE bukrs = i_bukrs
        AND belnr = i_belnr
        AND gjahr = i_gjahr
        AND shkzg = 'H'
        AND zuonr = lv_zuonr.
    LOOP AT lt_mine INTO ls_payment.
      PERFORM refer USING ls_payment ls_invoice.
    ENDLOOP.

* VERIFY: FB02 updates synchronously, so that the reference is read here.
    PERFORM open_item USING i_bukrs ls_item-vbeln CHANGING ls_invoice lv_open.
    CHECK NOT ls_invoice-belnr IS INITIAL AND lv_open = 0.
    CLEAR lt_parts.
    SELECT * FROM bsid INTO TABLE lt_parts
      WHERE bukrs = i_bukrs
        AND kunnr = ls_invoice-kunnr
        AND rebzg = ls_invoice-belnr
        AND rebzj = ls_invoice-gjahr.
    PERFORM clear_items TABLES lt_parts USING ls_invoice.
  ENDLOOP.
ENDFUNCTION.

*----------------------------------------------------------------------*
* In the group's F02 include.
*----------------------------------------------------------------------*

* The open item of a billing document, and what is left of it after all
* open items that refer to it.
FORM open_item USING    iv_bukrs TYPE bukrs
                        iv_vbeln TYPE vbeln_vf
               CHANGING es_bsid  TYPE bsid
                        ev_open  TYPE wrbtr.
  DATA: lt_part TYPE STANDARD TABLE OF bsid,
        ls_part TYPE bsid.
  CLEAR: es_bsid, ev_open.
  SELECT * FROM bsid INTO es_bsid UP TO 1 ROWS
    WHERE bukrs = iv_bukrs
      AND vbeln = iv_vbeln
      AND shkzg = 'S'.
  ENDSELECT.
  IF sy-subrc <> 0.
    CLEAR es_bsid.
    RETURN.
  ENDIF.
  SELECT * FROM bsid INTO TABLE lt_part
    WHERE bukrs = iv_bukrs
      AND kunnr = es_bsid-kunnr
      AND rebzg = es_bsid-belnr
      AND rebzj = es_bsid-gjahr.
  ev_open = es_bsid-wrbtr.
  LOOP AT lt_part INTO ls_part.
    IF ls_part-shkzg = 'H'.
      ev_open = ev_open - ls_part-wrbtr.
    ELSE.
      ev_open = ev_open + ls_part-wrbtr.
    ENDIF.
  ENDLOOP.
ENDFORM.

* An amount of a BAPI as the tables keep it (TCURX).
FORM internal USING    iv_waers  TYPE waers
                       iv_amount TYPE bapicurr_d
              CHANGING ev_amount TYPE wrbtr.
  DATA: lv_external TYPE bapicurr-bapicurr,
        ls_return   TYPE bapireturn.
  lv_external = iv_amount.
  CALL FUNCTION 'BAPI_CURRENCY_CONV_TO_INTERNAL'
    EXPORTING
      currency             = iv_waers
      amount_external      = lv_external
      max_number_of_digits = 13
    IMPORTING
      amount_internal      = ev_amount
      return               = ls_return.
ENDFORM.

* Let a payment's item refer to an invoice, as FB02 does.
* VERIFY: the rules for changing documents (OB32) must allow BSEG-REBZG.
FORM refer USING is_payment TYPE bsid
                 is_invoice TYPE bsid.
  DATA: ls_bseg   TYPE bseg,
        lt_buztab TYPE tpit_t_buztab,
        ls_buztab TYPE tpit_buztab,
        lt_fldtab TYPE tpit_t_fname,
        ls_fldtab TYPE tpit_fname,
        lt_errors TYPE tpit_t_errdoc.
  CHECK is_payment-rebzg <> is_invoice-belnr.
  SELECT bukrs belnr gjahr buzei koart bschl FROM bseg
    INTO CORRESPONDING FIELDS OF TABLE lt_buztab
    WHERE bukrs = is_payment-bukrs
      AND belnr = is_payment-belnr
      AND gjahr = is_payment-gjahr
      AND buzei = is_payment-buzei.
  ls_bseg-rebzg = is_invoice-belnr.
  ls_bseg-rebzj = is_invoice-gjahr.
  ls_bseg-rebzz = is_invoice-buzei.
  ls_fldtab-aenkz = abap_true.
  ls_fldtab-fname = 'REBZG'.
  APPEND ls_fldtab TO lt_fldtab.
  ls_fldtab-fname = 'REBZJ'.
  APPEND ls_fldtab TO lt_fldtab.
  ls_fldtab-fname = 'REBZZ'.
  APPEND ls_fldtab TO lt_fldtab.
  CALL FUNCTION 'FI_ITEMS_MASS_CHANGE'
    EXPORTING
      s_bseg     = ls_bseg
    IMPORTING
      errtab     = lt_errors
    TABLES
      it_buztab  = lt_buztab
      it_fldtab  = lt_fldtab
    EXCEPTIONS
      bdc_errors = 1
      OTHERS     = 2.
  IF sy-subrc <> 0 OR NOT lt_errors IS INITIAL.
    MESSAGE a397(f5) WITH is_payment-belnr.
  ENDIF.
ENDFORM.

FORM head USING    iv_name  TYPE c
                   iv_value TYPE any
          CHANGING ct_post  TYPE STANDARD TABLE.
  DATA ls_post TYPE ftpost.
  ls_post-stype = 'K'.
  ls_post-count = 1.
  ls_post-fnam  = iv_name.
  ls_post-fval  = iv_value.
  APPEND ls_post TO ct_post.
ENDFORM.

* Dates are written as the user of this session writes them.
FORM head_date USING    iv_name TYPE c
                        iv_date TYPE d
               CHANGING ct_post TYPE STANDARD TABLE.
  DATA lv_text TYPE c LENGTH 10.
  WRITE iv_date TO lv_text.
  PERFORM head USING iv_name lv_text CHANGING ct_post.
ENDFORM.

* Select one item of a customer for clearing: document, year and item in
* one text.
FORM select_item USING    is_bsid  TYPE bsid
                 CHANGING ct_clear TYPE STANDARD TABLE.
  DATA ls_clear TYPE ftclear.
  ls_clear-agkoa = 'D'.
  ls_clear-agkon = is_bsid-kunnr.
  ls_clear-agbuk = is_bsid-bukrs.
  ls_clear-xnops = abap_true.
  ls_clear-selfd = 'BELNR'.
  CONCATENATE is_bsid-belnr is_bsid-gjahr is_bsid-buzei INTO ls_clear-selvon.
  APPEND ls_clear TO ct_clear.
ENDFORM.

* Clear an invoice with all that refers to it. They balance, so the
* clearing document has no items of its own.
FORM clear_items TABLES   it_parts   STRUCTURE bsid
                 USING    is_invoice TYPE bsid.
  DATA: ls_part  TYPE bsid,
        lt_clear TYPE STANDARD TABLE OF ftclear,
        lt_post  TYPE STANDARD TABLE OF ftpost,
        lt_tax   TYPE STANDARD TABLE OF fttax,
        lt_made  TYPE STANDARD TABLE OF blntab,
        lv_msgid TYPE sy-msgid,
        lv_msgno TYPE sy-msgno,
        lv_msgty TYPE sy-msgty,
        lv_msgv1 TYPE sy-msgv1,
        lv_msgv2 TYPE sy-msgv2,
        lv_msgv3 TYPE sy-msgv3,
        lv_msgv4 TYPE sy-msgv4,
        lv_subrc TYPE sy-subrc.

  PERFORM head USING 'BKPF-BUKRS' is_invoice-bukrs CHANGING lt_post.
  PERFORM head USING 'BKPF-BLART' 'AB'             CHANGING lt_post.
  PERFORM head USING 'BKPF-WAERS' is_invoice-waers CHANGING lt_post.
  PERFORM head_date USING 'BKPF-BLDAT' sy-datum    CHANGING lt_post.
  PERFORM head_date USING 'BKPF-BUDAT' sy-datum    CHANGING lt_post.
  PERFORM select_item USING is_invoice CHANGING lt_clear.
  LOOP AT it_parts INTO ls_part.
    PERFORM select_item USING ls_part CHANGING lt_clear.
  ENDLOOP.

  CALL FUNCTION 'POSTING_INTERFACE_START'
    EXPORTING
      i_function         = 'C'
      i_mode             = 'N'
      i_update           = 'S'
      i_user             = sy-uname
    EXCEPTIONS
      client_incorrect   = 1
      function_invalid   = 2
      group_name_missing = 3
      mode_invalid       = 4
      update_invalid     = 5
      OTHERS             = 6.
  IF sy-subrc <> 0.
    MESSAGE ID sy-msgid TYPE 'A' NUMBER sy-msgno WITH sy-msgv1 sy-msgv2 sy-msgv3 sy-msgv4.
  ENDIF.

  CALL FUNCTION 'POSTING_INTERFACE_CLEARING'
    EXPORTING
      i_auglv                    = 'UMBUCHNG'
      i_tcode                    = 'FB05'
    IMPORTING
      e_msgid                    = lv_msgid
      e_msgno                    = lv_msgno
      e_msgty                    = lv_msgty
      e_msgv1                    = lv_msgv1
      e_msgv2                    = lv_msgv2
      e_msgv3                    = lv_msgv3
      e_msgv4                    = lv_msgv4
      e_subrc                    = lv_subrc
    TABLES
      t_blntab                   = lt_made
      t_ftclear                  = lt_clear
      t_ftpost                   = lt_post
      t_fttax                    = lt_tax
    EXCEPTIONS
      clearing_procedure_invalid = 1
      clearing_procedure_missing = 2
      table_t041a_empty          = 3
      transaction_code_invalid   = 4
      amount_format_error        = 5
      too_many_line_items        = 6
      company_code_invalid       = 7
      screen_not_found           = 8
      no_authorization           = 9
      OTHERS                     = 10.
  IF sy-subrc <> 0.
    MESSAGE ID sy-msgid TYPE 'A' NUMBER sy-msgno WITH sy-msgv1 sy-msgv2 sy-msgv3 sy-msgv4.
  ENDIF.
  IF lv_subrc <> 0 OR lv_msgty CA 'EA'.
    MESSAGE ID lv_msgid TYPE 'A' NUMBER lv_msgno WITH lv_msgv1 lv_msgv2 lv_msgv3 lv_msgv4.
  ENDIF.

  CALL FUNCTION 'POSTING_INTERFACE_END'
    EXCEPTIONS
      session_not_processable = 1
      OTHERS                  = 2.
  IF sy-subrc <> 0.
    MESSAGE ID sy-msgid TYPE 'A' NUMBER sy-msgno WITH sy-msgv1 sy-msgv2 sy-msgv3 sy-msgv4.
  ENDIF.
ENDFORM.
